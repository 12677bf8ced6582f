/**
 * The ranker's settings, tuned on five long chats (bench/recall), each on a plateau: of 70 random changes that halve or double
 * two fifths of them, the median loses 0.3 points of mean recall and the worst 2. Settings tuned on four of the chats are no
 * better on the fifth than these.
 */
export interface RankSettings {
  /** BM25's k1 (how soon repeats of a term stop counting) and b (how much a long passage is penalised). */
  readonly k1: number;
  readonly b: number;
  /** Share of a neighbour's words that counts for a passage, by distance: -1 is the previous passage. */
  readonly neighbours: readonly { readonly offset: number; readonly weight: number }[];
  /** A longer neighbour is scaled down to this many terms, so that it does not outweigh the passage's own words. */
  readonly neighbourTerms: number;
  /** Share of a question's score that goes to the passage after it: the answer may share no word with it. */
  readonly answer: number;
  /** Share of a passage's score that spreads through its session, and how much of it remains at each step. */
  readonly spread: number;
  readonly spreadDecay: number;
  /** Weight of a query word that is a speaker's name: the factor `speaker` already covers it. */
  readonly name: number;
  /** Weight of words of the query's context. */
  readonly context: number;
  /** Weight of a concept that a query word selects, and of one that it is only a member of. */
  readonly conceptHead: number;
  readonly conceptMember: number;
  /** Second hop: weight of the rare words of the best passages, how many of each. */
  readonly hop: number;
  readonly hopPassages: number;
  readonly hopTerms: number;
  /** Factor 1 + this for a passage that holds every query word. */
  readonly coverage: number;
  /** Factor for the named speaker's passages. */
  readonly speaker: number;
  /** Weight of a named date as a word of the passages of that time. */
  readonly dateWord: number;
  /** Factor 1 + this inside a named date, decaying with this many days outside. */
  readonly date: number;
  readonly dateDecayDays: number;
  /** Factor 1 + this for the best session. */
  readonly session: number;
  /** Number of best passages by which sessions are compared, so that a long session has no advantage. */
  readonly sessionPassages: number;
  /** Factor for an assistant's words, which mostly repeat and advise. */
  readonly assistant: number;
  /** Factor, among named speakers, for a passage that ends with a question. */
  readonly asking: number;
  /** Factor for a passage with words of time when the query asks when. */
  readonly timed: number;
  /** Scores are divided by sqrt(max(this, tokens) / this): see `length-penalty.ts`. */
  readonly penaltyTokens: number;
  /** Rank fusion with embeddings: 1 / (this + rank), and the weight of the embedder's ranking. */
  readonly fusionRank: number;
  readonly fusionWeight: number;
}

/** The default settings. */
export const defaultSettings: RankSettings = {
  k1: 1.2,
  b: 0.6,
  neighbours: [
    { offset: -2, weight: 0.1 },
    { offset: -1, weight: 0.3 },
    { offset: 1, weight: 0.5 },
    { offset: 2, weight: 0.15 },
  ],
  neighbourTerms: 20,
  answer: 0.4,
  spread: 0.05,
  spreadDecay: 0.6,
  name: 0.25,
  context: 0.3,
  conceptHead: 0.8,
  conceptMember: 0.2,
  hop: 0.1,
  hopPassages: 10,
  hopTerms: 20,
  coverage: 0.7,
  speaker: 2.5,
  dateWord: 0.3,
  date: 3,
  dateDecayDays: 10,
  session: 1,
  sessionPassages: 3,
  assistant: 0.6,
  asking: 0.8,
  timed: 1.3,
  penaltyTokens: 64,
  fusionRank: 60,
  fusionWeight: 1,
};
