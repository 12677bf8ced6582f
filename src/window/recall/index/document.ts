/** What recall knows of one entry. Entries of neighbouring `seq` are neighbours in the conversation. */
export interface RecallDocument {
  /** Position in its thread. Documents of an index stand in rising order of it; gaps are allowed. */
  readonly seq: number;
  readonly role: "system" | "user" | "assistant" | "tool";
  /** Name of who said it, where the conversation names its speakers. */
  readonly speaker: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly time: number | undefined;
  readonly text: string;
  /** Tokens of the text. */
  readonly tokens: number;
}

/** A stretch of a document that is ranked and packed as one: the whole of a short one, a part of a long one. */
export interface Passage {
  readonly seq: number;
  /** Position among the document's passages, from 0. */
  readonly part: number;
  /** How many passages the document has. */
  readonly parts: number;
  /** Stretch of the document's text: UTF-16 offsets, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** The document's tokens shared out by length, rounded up. */
  readonly tokens: number;
  /** Which session of the index it stands in, from 0. */
  readonly session: number;
}

/** Statistics of a larger collection, of which the indexed documents are only the candidates for a query. */
export interface CollectionStatistics {
  readonly documentCount: number;
  /** Mean number of terms per document. */
  readonly averageLength: number;
  /** How many documents hold the term; `undefined` where that was not asked for. */
  readonly documentFrequency: (term: string) => number | undefined;
}
