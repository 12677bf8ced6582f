import type { CachePrices } from "../prices/cache-prices.ts";
import type { Entry } from "../store/store.ts";
import type { Fact } from "./facts.ts";
import type { Item } from "./layout.ts";

/** All that decides which edits are made: readonly facts, and the texts handed in. */
export interface Situation {
  readonly items: readonly Item[];
  /** Entries whose facts may stand in a stub: those in the window and the newest of those that left it. */
  readonly entries: readonly Entry[];
  /** Seq of the entry that comes next. */
  readonly nextSeq: number;
  /** Tokens of everything in the window that is not an item: frame, room for the answer. */
  readonly fixedTokens: number;
  /** The load line in counter tokens, as every count here. */
  readonly counterBudgetTokens: number;
  /** How deep a forced edit goes: the share of the room beside what must stay that it leaves filled, 0 to 1. */
  readonly lowWater: number;
  /** Seqs that stay as they are. */
  readonly protectedSeqs: ReadonlySet<number>;
  /** Seqs whose edits were undone: they are edited again only when forced. */
  readonly exemptSeqs: ReadonlySet<number>;
  /** Seq of the newest request: reasoning before it belongs to finished turns. */
  readonly newestRequest: number | undefined;
  readonly prices: CachePrices;
  readonly cache: "warm" | "cold";
  /** How many items at the start the provider's cache holds: an edit behind them rewrites nothing. */
  readonly cachedItems: number;
  readonly expectedTurns: number;
  /** Facts of an entry as it came, each once. */
  readonly factsOfEntry: (seq: number) => readonly Fact[];
  /** Text outside the items that every call carries (system prompt, tools): what it says needs no place in a stub. */
  readonly standingText: string;
  /** How an entry is called on its line of a stub, for example `#15 read_file:`. */
  readonly labelOf: (seq: number) => string;
  readonly countTokens: (text: string) => number;
}
