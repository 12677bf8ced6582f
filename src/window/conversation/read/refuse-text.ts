import { LoadlineError } from "../../../shared/errors.ts";

/** How much of a text an error shows. */
const maxShown = 40;

const wanted = "JSON, JSON lines or a .traj file of a conversation";

/** A row of the table of files that are not JSON. */
interface TextForm {
  readonly name: string;
  readonly advice: string;
  readonly recognizes: (text: string) => boolean;
}

function isTable(text: string, separator: string): boolean {
  const [head, row] = text.split("\n", 2).map((line) => line.split(separator).length);
  return head !== undefined && head > 1 && head === row;
}

const textForms: readonly TextForm[] = [
  {
    name: "aider's chat history (Markdown)",
    advice: "it does not hold the messages that aider sent: log its requests as JSON and read those",
    recognizes: (text) => /^# aider chat started at /m.test(text.slice(0, 10_000)),
  },
  {
    name: "a stream of server-sent events",
    advice: "record the complete response, or join the events to one",
    recognizes: (text) => /^(?:event|data|id): ?/.test(text),
  },
  {
    name: "a chat exported as text",
    advice: 'write each message as {"role": …, "content": …} on a line of its own',
    recognizes: (text) => /^\[?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d{2}[^\n]*: /.test(text),
  },
  {
    name: "YAML",
    advice: "convert it to JSON",
    recognizes: (text) => /^- ?[\w-]+: [^\n]*\n {2,4}[\w-]+:/.test(text),
  },
  {
    name: "Markdown",
    advice: 'write each message as {"role": …, "content": …} on a line of its own',
    recognizes: (text) =>
      /^(?:#{1,6} |```|\*\*|> |[*-] )/m.test(text.slice(0, 2_000)) && !/^---\r?\n/.test(text),
  },
  {
    name: "a page (HTML or XML)",
    advice: "export the conversation as JSON",
    recognizes: (text) => text.startsWith("<"),
  },
  {
    name: "CSV",
    advice: 'write each row as {"role": …, "content": …} on a line of its own',
    recognizes: (text) => isTable(text, ",") || isTable(text, ";"),
  },
  {
    name: "a table separated by tabs",
    advice: 'write each row as {"role": …, "content": …} on a line of its own',
    recognizes: (text) => isTable(text, "\t"),
  },
  {
    name: "YAML",
    advice: "convert it to JSON",
    recognizes: (text) => /^(?:---\r?\n|- ?[\w-]+: |[a-z_][\w-]*:(?: |\r?\n))/.test(text),
  },
];

function refuse(name: string, advice: string, cause?: unknown): never {
  throw new LoadlineError("unknown-format", `input: got ${name}, allowed: ${wanted}; ${advice}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { form: name },
  });
}

/** Refuses a text that is not JSON, by name if it is a known kind of file. Errors: `unknown-format` with what to do. */
export function refuseText(input: string, cause: unknown): void {
  const text = input.trimStart();
  // Conversations are objects or lists: a fault within one is for the parser to report. A date in brackets is not a list.
  if (/^(?:\{|\[(?!\d{1,4}[./-]\d{1,2}[./-]))/.test(text)) return;
  const form = textForms.find((row) => row.recognizes(text));
  if (form !== undefined) refuse(form.name, form.advice, cause);
  const line = text.split("\n", 1)[0]?.trim() ?? "";
  const shown = JSON.stringify(line.length > maxShown ? `${line.slice(0, maxShown)}…` : line);
  refuse(`plain text that begins with ${shown}`, "convert it to messages in JSON", cause);
}

const imageAdvice = "give the conversation that holds it";
/** PowerShell's > writes UTF-16 on Windows. */
const encodingAdvice = "save it as UTF-8";

/** First bytes of files that people have next to their conversations. */
const binaryForms: readonly (readonly [string, readonly number[], string])[] = [
  ["a ZIP archive", [0x50, 0x4b, 0x03, 0x04], "unpack it and read the conversations.json in it"],
  ["a gzip archive", [0x1f, 0x8b], "unpack it first"],
  ["a PDF", [0x25, 0x50, 0x44, 0x46, 0x2d], "export the conversation as JSON"],
  [
    "a SQLite database",
    [...new TextEncoder().encode("SQLite format 3\u0000")],
    "export the conversation as JSON; for opencode.db, give its folder, or --opencode",
  ],
  ["a Parquet file", [0x50, 0x41, 0x52, 0x31], "export its rows as JSON lines"],
  ["an image", [0x89, 0x50, 0x4e, 0x47], imageAdvice],
  ["an image", [0xff, 0xd8, 0xff], imageAdvice],
  ["an image", [0x47, 0x49, 0x46, 0x38], imageAdvice],
  ["an image", [0x52, 0x49, 0x46, 0x46], imageAdvice],
  ["text in UTF-32", [0xff, 0xfe, 0, 0], encodingAdvice],
  ["text in UTF-32", [0, 0, 0xfe, 0xff], encodingAdvice],
  ["text in UTF-16", [0xff, 0xfe], encodingAdvice],
  ["text in UTF-16", [0xfe, 0xff], encodingAdvice],
  // Without a byte order mark: a bracket with a zero byte next to it.
  ["text in UTF-16", [0x5b, 0], encodingAdvice],
  ["text in UTF-16", [0x7b, 0], encodingAdvice],
  ["text in UTF-16", [0, 0x5b], encodingAdvice],
  ["text in UTF-16", [0, 0x7b], encodingAdvice],
];

/** Refuses a binary file by name. Errors: `unknown-format` with what to do. */
export function refuseBinary(input: string | Uint8Array): void {
  if (!(input instanceof Uint8Array)) return;
  const form = binaryForms.find(([, bytes]) => bytes.every((byte, index) => input[index] === byte));
  if (form !== undefined) refuse(form[0], form[2]);
}
