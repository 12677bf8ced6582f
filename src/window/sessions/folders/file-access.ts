/** One entry of a folder. A link is never followed: what it names may be outside the folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
  /** Size of a file. */
  readonly bytes: number;
  /** Milliseconds since 1970 UTC of the last change. */
  readonly modified: number;
}

/** The file system as the readers of sessions see it: handed in, so that they run anywhere. */
export interface FileAccess {
  /** Returns the entries of a folder. Errors: `not-found`, `file-unreadable`. */
  readonly list: (folder: string) => Promise<readonly FolderEntry[]>;
  /** Returns the bytes of a file from `start` to `end`, fewer where it is shorter. Errors: `not-found`, `file-unreadable`. */
  readonly read: (path: string, start: number, end: number) => Promise<Uint8Array>;
  /** Returns the path of an entry of a folder. */
  readonly join: (folder: string, name: string) => string;
}
