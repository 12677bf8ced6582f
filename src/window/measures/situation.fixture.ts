import { cachePrices } from "../prices/cache-prices.ts";
import type { Entry, StoredPart } from "../store/store.ts";
import { extractFacts } from "./text/facts.ts";
import { makeItem } from "./layout.ts";
import { findHolds } from "./holds.ts";
import { startsTurn } from "./protect.ts";
import type { Situation } from "./situation.ts";

/** What a synthetic entry says. A result answers the call of the entry before it. */
export interface Said {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
  readonly call?: string;
  readonly reasoning?: string;
}

/** Counts one token per character, so that sums can be worked out by hand. */
const count = (text: string): number => text.length;

function part(kind: StoredPart["kind"], text: string, known: Partial<StoredPart>): StoredPart {
  return {
    kind,
    tokens: count(text),
    cut: undefined,
    body: undefined,
    bodyForm: "string",
    callId: undefined,
    toolName: undefined,
    contentKey: undefined,
    ...known,
  };
}

/** Makes entries as a store holds them, without JSON. */
export function entriesOf(said: readonly Said[]): readonly Entry[] {
  return said.map(({ role, text, call, reasoning }, seq): Entry => {
    const parts: StoredPart[] = [];
    if (reasoning !== undefined) parts.push(part("reasoning", reasoning, { cut: [0, 1] }));
    if (role === "tool")
      parts.push(part("tool-result", text, { body: [0, 1], callId: `c${seq - 1}`, contentKey: text }));
    else if (text !== "") parts.push(part("text", text, {}));
    if (call !== undefined)
      parts.push(part("tool-call", call, { callId: `c${seq}`, toolName: "read", contentKey: call }));
    const tokens = parts.reduce((sum, one) => sum + one.tokens, 0);
    return {
      seq,
      key: "",
      chain: `chain ${seq}`,
      checksum: "",
      hidden: false,
      json: "",
      format: "openai-chat",
      role,
      speaker: undefined,
      time: 0,
      tokens,
      parts,
      counter: "characters",
      terms: "",
    };
  });
}

/** Makes a situation with all entries in the window. */
export function situationFor(
  said: readonly Said[],
  known: Partial<Situation> & { readonly counterBudgetTokens: number },
): Situation {
  const entries = entriesOf(said);
  const items = entries.map((entry) => makeItem(entry));
  const holds = findHolds(items, {
    tailExchanges: 1,
    pins: new Set(),
    roomTokens: known.counterBudgetTokens,
    alternate: false,
  });
  return {
    items,
    entries,
    nextSeq: entries.length,
    fixedTokens: 0,
    lowWater: 0.7,
    keepImages: 3,
    alternate: false,
    holds,
    protectedSeqs: new Set(holds.keys()),
    exemptSeqs: new Set(),
    newestTurn: items.findLast((item) => startsTurn(item.entry))?.seq,
    prices: cachePrices("anthropic"),
    cache: "warm",
    cachedItems: items.length,
    expectedTurns: 10,
    factsOfEntry: (seq) => extractFacts(said[seq]?.text ?? ""),
    textOf: (seq) => said[seq]?.text ?? "",
    constantText: "",
    labelOf: (seq) => `#${seq} read:`,
    countTokens: count,
    resultOverhead: () => 0,
    ...known,
  };
}
