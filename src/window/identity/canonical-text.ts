/** Returns a text block as identity compares it: line ends as LF, without blanks at both ends. Inner blanks count. */
export function canonicalText(text: string): string {
  return (text.includes("\r") ? text.replaceAll("\r\n", "\n") : text).trim();
}

/**
 * Returns true if two lists of text blocks read alike: clients join and split blocks, with or without blanks between them, so blanks
 * where either list has a joint are ignored. Blocks must be canonical. Linear.
 */
export function isSameText(a: readonly string[], b: readonly string[]): boolean {
  const left = new BlockReader(a);
  const right = new BlockReader(b);
  for (;;) {
    const length = Math.min(left.remaining, right.remaining);
    if (length === 0) return left.remaining === right.remaining;
    if (left.take(length) !== right.take(length)) return false;
    // The end of a block is a joint: the other list may have blanks there.
    if (left.atJoint && !right.atJoint) right.skipBlanks();
    else if (right.atJoint && !left.atJoint) left.skipBlanks();
    left.next();
    right.next();
  }
}

/** Reads a list of blocks from its start. */
class BlockReader {
  readonly #blocks: readonly string[];
  #block = 0;
  #at = 0;

  constructor(blocks: readonly string[]) {
    this.#blocks = blocks.filter((block) => block !== "");
  }

  /** Characters left in the current block, 0 at the end of the list. */
  get remaining(): number {
    return (this.#blocks[this.#block]?.length ?? 0) - this.#at;
  }

  get atJoint(): boolean {
    return this.remaining === 0;
  }

  take(length: number): string {
    const taken = this.#blocks[this.#block]?.slice(this.#at, this.#at + length) ?? "";
    this.#at += length;
    return taken;
  }

  skipBlanks(): void {
    const block = this.#blocks[this.#block] ?? "";
    while (this.#at < block.length && block.charAt(this.#at).trim() === "") this.#at++;
  }

  /** Moves on to the next block if the current one is read. */
  next(): void {
    if (this.remaining > 0 || this.#block >= this.#blocks.length) return;
    this.#block++;
    this.#at = 0;
  }
}
