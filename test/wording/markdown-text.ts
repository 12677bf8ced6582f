import { readSource } from "./source-text.ts";
import type { Piece } from "./source-text.ts";

/** Blanks a part out, keeping its length and its line breaks, so that offsets stay true. */
function blank(part: string): string {
  return part.replaceAll(/[^\n]/g, "_");
}

/** Prose of a document. Code is left out; of `ts` blocks the comments count. */
export function readMarkdown(path: string, text: string): readonly Piece[] {
  const comments: Piece[] = [];
  const withoutBlocks = text.replaceAll(
    /^```(\w*)\n([\s\S]*?)^```$/gm,
    (block, language: string, code: string, at: number) => {
      const first = text.slice(0, at).split("\n").length;
      if (language === "ts")
        for (const piece of readSource(path, code, true).pieces)
          comments.push({ ...piece, line: piece.line + first });
      return blank(block);
    },
  );
  const prose = withoutBlocks.replaceAll(/^ {4}.*$/gm, blank).replaceAll(/`[^`\n]+`/g, blank);
  return [{ kind: "comment", line: 1, text: prose }, ...comments];
}
