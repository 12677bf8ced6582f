/** What recall knows of one entry. Entries with neighbouring `seq` are neighbours in the conversation. */
export interface RecallDocument {
  /** Position in its thread. Documents of an index are in rising order of it; gaps are allowed. */
  readonly seq: number;
  readonly role: "system" | "user" | "assistant" | "tool";
  /** Name of the speaker, if the conversation names its speakers. */
  readonly speaker: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly time: number | undefined;
  readonly text: string;
  /** Tokens of the text. */
  readonly tokens: number;
}

/** A range of a document that is ranked and packed as one: all of a short document, a part of a long one. */
export interface Passage {
  readonly seq: number;
  /** Position among the document's passages, from 0. */
  readonly part: number;
  /** How many passages the document has. */
  readonly parts: number;
  /** Range of the document's text: UTF-16 offsets, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** Its share of the document's tokens, by length, rounded up. */
  readonly tokens: number;
  /** Session of the index that it belongs to, from 0. */
  readonly session: number;
}

/** Statistics of a larger collection, if the indexed documents are only its candidates for a query. */
export interface CollectionStatistics {
  readonly documentCount: number;
  /** Mean number of terms per document. */
  readonly averageLength: number;
  /** How many documents hold the term; `undefined` if that was not requested. */
  readonly documentFrequency: (term: string) => number | undefined;
}
