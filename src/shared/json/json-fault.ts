/** Where a text is refused as JSON. */
export interface JsonFault {
  /** UTF-16 offset; the text's length when it ends too early. */
  readonly offset: number;
  /** What is there, as a message shows it. */
  readonly got: string;
  readonly allowed: string;
}

/** Returns the character at an offset of a text, as a message shows it. */
export function describeCharacter(text: string, offset: number): string {
  const code = text.codePointAt(offset);
  return code === undefined ? "the end of the text" : JSON.stringify(String.fromCodePoint(code));
}
