import { expect, test } from "vitest";
import type { Entry, StoredPart } from "../store/store.ts";
import type { Edit } from "./edit.ts";
import { applyEdit, makeItem } from "./layout.ts";

const results = 2_000;

/** Makes an entry with many results, each of 10 tokens, and counts how often the tokens of a part are read. */
function makeEntry(): { readonly entry: Entry; readonly reads: () => number } {
  let reads = 0;
  const parts = Array.from({ length: results }, (_, index): StoredPart => {
    const part = { kind: "tool-result", callId: `c${index}`, body: [index, index + 1], tokens: 10 };
    Object.defineProperty(part, "tokens", { get: () => (reads++, 10) });
    return part as unknown as StoredPart;
  });
  const entry = { seq: 0, role: "tool", format: "anthropic", tokens: 10 * results + 5, parts };
  return { entry: entry as unknown as Entry, reads: () => reads };
}

test("an edit of many results of one message looks at each result a fixed number of times", () => {
  const { entry, reads } = makeEntry();
  const edit: Edit = {
    number: 1,
    measure: "clear-results",
    reason: "forced",
    why: "",
    time: 0,
    targets: Array.from({ length: results }, (_, part) => ({ seq: 0, part, text: "gone", tokens: 1 })),
    insertion: undefined,
    absorbs: [],
    freedTokens: 0,
    rewrittenTokens: 0,
  };
  const [item] = applyEdit([makeItem(entry)], edit);
  // 1 token for each of 2,000 results, and 5 around them.
  expect(item?.tokens).toBe(2_005);
  expect(reads()).toBeLessThanOrEqual(4 * results);
});
