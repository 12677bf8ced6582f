/** What the file of a coding agent states about a session, outside its messages. Undefined where the file does not state it. */
export interface SessionFacts {
  /** The agent's short name: `claude-code`, `codex`, `opencode`, … */
  readonly agent: string;
  readonly id: string | undefined;
  /** The session's title, as the agent or its user named it. */
  readonly title: string | undefined;
  /** The project's folder. */
  readonly folder: string | undefined;
  /** Milliseconds since 1970 UTC of the newest message. */
  readonly time: number | undefined;
  /** The name of a sub-agent's own conversation; undefined for the main conversation. */
  readonly sidechain: string | undefined;
  /** Indices of the messages that follow a compaction, in order. */
  readonly compactions: readonly number[];
  /** What was left out or repaired while reading, in sentences for a person. */
  readonly notes: readonly string[];
}
