import type { ErrorCode } from "../../../shared/errors.ts";
import type { Store } from "../store.ts";

/** An opened store for one test; `reopen` is undefined for a store that does not outlive the process. */
export interface OpenedStore {
  readonly store: Store;
  readonly reopen: (() => Promise<Store>) | undefined;
  readonly remove: () => Promise<void>;
}

/** Gives the contract's tests the store of the running test. */
export interface Given {
  readonly store: () => Store;
  readonly opened: () => OpenedStore;
  /** Replaces the test's store by another one, which is closed after the test. */
  readonly use: (store: Store) => void;
}

/** Matches a LoadlineError of this code. */
export function code(wanted: ErrorCode): { name: string; code: ErrorCode } {
  return { name: "LoadlineError", code: wanted };
}

/** JSON texts that storage tends to change: NUL, quotes, line ends, marks, non-characters, surrogate pairs. */
export const oddTexts: readonly string[] = [
  '{"a":"\u0000 b\u0000"}',
  "\u0000",
  "",
  "  {\r\n\t} \n",
  "\uFEFF{}",
  "'; DROP TABLE entries; --",
  "\u2028\u2029\u0085\uFFFE\uFFFF\uFFFD",
  "e\u0301 \u00e9 \uD83D\uDE00 \u{10FFFF} \u202E",
  '{"lone":"\\ud800"}',
  "\\u0000\\",
];
