/** A session in a list: what its file states at its beginning and its end. Unknown facts are undefined. */
export interface SessionEntry {
  /** The file, or the folder of a session that has several. */
  readonly path: string;
  /** The agent's short name; undefined for a file of messages. */
  readonly agent: string | undefined;
  readonly id: string | undefined;
  /** Its title, or the beginning of the first request. */
  readonly title: string | undefined;
  /** The project's folder. */
  readonly folder: string | undefined;
  /** Milliseconds since 1970 UTC of the newest message, or of the file's last change. */
  readonly time: number;
  readonly messages: number | undefined;
  /** Whether `messages` is an estimate by the file's size: a large file is read at its beginning and its end only. */
  readonly isEstimate: boolean;
  /** Tokens of the newest call, as the provider reported them: how full the window was. */
  readonly tokens: number | undefined;
  /** Whether it is the session of a sub-agent. */
  readonly isSidechain: boolean;
}

/** A file or folder that could not be read, with the reason. */
export interface UnreadableFile {
  readonly path: string;
  readonly reason: string;
}

/** The sessions of a folder, newest first. */
export interface SessionList {
  readonly sessions: readonly SessionEntry[];
  /** How many files may hold sessions; more than the list holds if it was limited. */
  readonly candidates: number;
  /** How many candidates were left unread because the list was full. */
  readonly unread: number;
  /** Files without messages, broken files, and folders that may not be read. */
  readonly unreadable: readonly UnreadableFile[];
  /** What was left out, in sentences for a person. */
  readonly notes: readonly string[];
}
