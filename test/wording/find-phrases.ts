import { phrases } from "./phrases.ts";
import type { Piece } from "./source-text.ts";

/** A place that breaks a rule, and what to write in its place. */
export interface Fault {
  readonly path: string;
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

/** Finds the banned phrases in the texts of a file, each place once, also across the end of a line. */
export function findPhrases(path: string, pieces: readonly Piece[]): readonly Fault[] {
  const faults: Fault[] = [];
  for (const piece of pieces) {
    const flat = piece.text.replaceAll("\n", " ");
    const taken: { from: number; to: number }[] = [];
    for (const { pattern, instead } of phrases)
      for (const match of flat.matchAll(pattern)) {
        const from = match.index;
        const to = from + match[0].length;
        if (taken.some((place) => from < place.to && to > place.from)) continue;
        taken.push({ from, to });
        const line = piece.line + piece.text.slice(0, from).split("\n").length - 1;
        faults.push({ path, line, found: match[0], instead });
      }
  }
  return faults;
}
