import { styleSequences } from "./text-style.ts";

/** Characters that a terminal obeys instead of showing them: controls except tab and line feed, and marks that reorder text. */
const obeyed = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

const escapeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * Returns a text with its control characters as escapes such as `\u001b`: a name in a file could otherwise move the cursor,
 * overwrite lines or change the title of the window. Tabs and line feeds stay.
 */
export function showControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(obeyed, escapeOf);
}

/** As `showControls`, in one line: after a line break, a name could pass for a line of Loadline's. */
export function showOnOneLine(text: string): string {
  return showControls(text)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\t", " ");
}

/** The sequences of `terminalStyle`: no others may reach a terminal. */
const ownStyles = new RegExp(`(${styleSequences.map((each) => each.replace("[", "\\[")).join("|")})`, "u");

/** As `showControls`, for a text in the styles of `terminalStyle`, which stay. */
export function showControlsInStyled(text: string): string {
  return text
    .split(ownStyles)
    .map((part, index) => (index % 2 === 1 ? part : showControls(part)))
    .join("");
}
