/** How a program reads its files: from the disk in Node, from the server of its page in a browser. */
export interface ProgramFiles {
  /** All bytes of a file, by its name in the entry's row. */
  read(name: string): Promise<Uint8Array>;
  /** An address by which the file can be opened: a path in Node, an http address in a browser. */
  location(name: string): string;
}
