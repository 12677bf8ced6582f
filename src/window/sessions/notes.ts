/** Returns a number with its noun: `1 line`, `3 lines`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Line numbers that a note lists. More would hide the note. */
const maxListedLines = 5;

/** Returns the note on lines that are not JSON. The last line of a file is cut while its agent is writing it. */
export function noteFaultyLines(faultyLines: readonly number[], lastLine: number): readonly string[] {
  const [first] = faultyLines;
  if (first === undefined) return [];
  if (faultyLines.length === 1 && first > lastLine)
    return [`left out: line ${first}, the last one, which is cut off: the agent may still be writing`];
  const shown = faultyLines.slice(0, maxListedLines).join(", ");
  const more = faultyLines.length > maxListedLines ? ", …" : "";
  return [`left out: ${countOf(faultyLines.length, "line")} that cannot be parsed (${shown}${more})`];
}
