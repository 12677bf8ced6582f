import type { CachePrices } from "../prices/cache-prices.ts";
import type { Entry } from "../store/store.ts";
import type { Fact } from "./text/facts.ts";
import type { Hold } from "./holds.ts";
import type { Item } from "./layout.ts";

/** Everything that decides which edits are made. All token counts are counter tokens: as our counter counts. */
export interface Situation {
  readonly items: readonly Item[];
  /** Entries whose facts a stub may keep: those in the window and the most recently evicted. */
  readonly entries: readonly Entry[];
  /** Seq of the next entry. */
  readonly nextSeq: number;
  /** Tokens of everything in the window that is not an item: the frame and the room for the answer. */
  readonly fixedTokens: number;
  /** The load line. */
  readonly counterBudgetTokens: number;
  /** How deep a forced edit goes: the share of the room left by protected entries that stays filled, 0 to 1. */
  readonly lowWater: number;
  /** True if user and assistant messages must alternate. */
  readonly alternate: boolean;
  /** Why entries stay, by seq. */
  readonly holds: ReadonlyMap<number, Hold>;
  /** Seqs of the entries that stay unedited: all with a hold, until the budget is too small for them. */
  readonly protectedSeqs: ReadonlySet<number>;
  /** Seqs whose edits were undone: they are edited again only if forced. */
  readonly exemptSeqs: ReadonlySet<number>;
  /** Number of newest pictures that stay while others can be cleared. */
  readonly keepImages: number;
  /** Seq of the request that began the newest turn: reasoning before it belongs to finished turns. */
  readonly newestTurn: number | undefined;
  readonly prices: CachePrices;
  readonly cache: "warm" | "cold";
  /** Number of leading items that the provider's cache holds: an edit after them rewrites nothing. */
  readonly cachedItems: number;
  readonly expectedTurns: number;
  /** Returns the facts of an entry, unedited, each once. */
  readonly factsOfEntry: (seq: number) => readonly Fact[];
  /** Returns the text of a part, as its message states it. */
  readonly textOf: (seq: number, part: number) => string;
  /** Text that every call sends (system prompt, tools): a stub need not repeat it. */
  readonly constantText: string;
  /** Returns what an entry is called on its line of a stub, for example `#15 read_file:`. */
  readonly labelOf: (seq: number) => string;
  readonly countTokens: (text: string) => number;
  /** Returns the tokens that a format adds around a result that names its call. */
  readonly resultOverhead: (format: Entry["format"]) => number;
}
