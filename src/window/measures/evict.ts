import type { EditDraft } from "./draft.ts";
import type { EditReason, EditTarget } from "./edit.ts";
import { findUneditedSeqs } from "./fact-use.ts";
import type { FactUses } from "./fact-use.ts";
import { sumTokens } from "./layout.ts";
import type { InsertedItem } from "./layout.ts";
import { groupExchanges } from "./protect.ts";
import type { Exchange } from "./protect.ts";
import type { Situation } from "./situation.ts";
import type { Entry } from "../store/store.ts";
import { composeStub } from "./stub.ts";
import type { StubText } from "./stub.ts";

/** Tokens of a message of our own in addition to its text: role and separators. */
export const messageOverheadTokens = 4;
/*
 * Stub allowance = max(stubShare × target, min(smallRoomTokens, smallRoomShare × free)), capped at maxAllowanceTokens and at
 * max(minDensityTokens, maxDensity × evictable): a stub is worth its place only while it is much shorter than what it replaces.
 */
const stubShare = 0.5;
const smallRoomTokens = 300;
const smallRoomShare = 0.9;
const maxAllowanceTokens = 4_000;
const minDensityTokens = 60;
const maxDensity = 0.25;
/** Merged stubs use this share of the allowance: the rest lets the next stub be appended, so that earlier ones stay cached. */
const mergedShare = 0.7;

/** How far an eviction goes. */
export interface Eviction {
  readonly factUses: FactUses;
  /** Tokens of the window that protected entries leave free. */
  readonly freeTokens: number;
  /** How many of the free tokens stay filled. */
  readonly targetTokens: number;
  readonly reason: EditReason;
}

/**
 * Evicts entire exchanges, oldest first, so that the newest ones and a stub fill the target. The stub takes the place of its first
 * entry. It follows earlier stubs, which stay unchanged and cached; if that would cut a fact worth keeping, all stubs merge into one.
 */
export function evictExchanges(situation: Situation, eviction: Eviction): EditDraft | undefined {
  const { factUses, freeTokens, targetTokens, reason } = eviction;
  const stubs = situation.items.filter((item) => item.type === "stub") as readonly InsertedItem[];
  const open = groupExchanges(situation.items, situation.alternate).filter((exchange) =>
    exchange.items.every((item) => !situation.protectedSeqs.has(item.seq)),
  );
  const gone = findEvictedEntries(situation);
  const evictableTokens = [...open, ...gone].reduce((sum, { tokens }) => sum + tokens, 0);
  const allowance = Math.floor(
    Math.min(
      Math.max(stubShare * targetTokens, Math.min(smallRoomTokens, smallRoomShare * freeTokens)),
      maxAllowanceTokens,
      Math.max(minDensityTokens, maxDensity * evictableTokens),
    ),
  );
  const leaving = chooseLeavingExchanges(open, targetTokens - allowance);
  const recalled = situation.items.filter((item) => item.type === "recalled") as readonly InsertedItem[];
  if (leaving.length === 0 && recalled.length === 0 && stubs.length === 0) return undefined;
  const fresh = leaving.flatMap((exchange) => exchange.items.map((item) => item.seq)).sort((a, b) => a - b);
  const stub = makeStub(situation, factUses, {
    fresh,
    gone: gone.map((entry) => entry.seq),
    stubs,
    allowance,
    leaving,
  });
  return {
    measure: "evict",
    reason,
    why: `${fresh.length} ${fresh.length === 1 ? "message" : "messages"} left the window, oldest first; a stub keeps what they named`,
    targets: fresh.map((seq): EditTarget => ({ seq, part: undefined, text: undefined, tokens: 0 })),
    insertion:
      stub.text === undefined || stub.seqs.length === 0
        ? undefined
        : {
            beforeSeq: stub.seqs[0] ?? 0,
            text: stub.text.text,
            tokens: stub.text.tokens + messageOverheadTokens,
            seqs: stub.seqs,
          },
    absorbs: [...stub.absorbs, ...recalled.map((item) => item.edit)],
  };
}

/** Returns the entries evicted earlier, including those for which there was no room to leave a stub. */
function findEvictedEntries(situation: Situation): readonly Entry[] {
  const shown = new Set(situation.items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
  return situation.entries.filter((entry) => !shown.has(entry.seq));
}

/** Returns the exchanges to evict: the newest that does not fit and all older ones. */
function chooseLeavingExchanges(open: readonly Exchange[], tokens: number): readonly Exchange[] {
  let left = tokens;
  let from = open.length;
  while (from > 0) {
    const next = open[from - 1]?.tokens ?? 0;
    if (next > left) break;
    left -= next;
    from--;
  }
  return open.slice(0, from);
}

interface StubWork {
  readonly fresh: readonly number[];
  readonly gone: readonly number[];
  readonly stubs: readonly InsertedItem[];
  readonly allowance: number;
  readonly leaving: readonly Exchange[];
}

interface ChosenStub {
  readonly text: StubText | undefined;
  readonly seqs: readonly number[];
  readonly absorbs: readonly number[];
}

function makeStub(situation: Situation, factUses: FactUses, work: StubWork): ChosenStub {
  const fresh = new Set(work.fresh);
  const shown = new Set([...findUneditedSeqs(situation.items)].filter((seq) => !fresh.has(seq)));
  const compose = (seqs: readonly number[], maxTokens: number, completeOnly: boolean): StubText | undefined =>
    composeStub(
      {
        seqs,
        factUses,
        factsOfEntry: situation.factsOfEntry,
        isShown: (seq) => shown.has(seq),
        constantText: situation.constantText,
        maxTokens: maxTokens - messageOverheadTokens,
        nextSeq: situation.nextSeq,
        labelOf: situation.labelOf,
        countTokens: situation.countTokens,
      },
      completeOnly,
    );
  if (work.stubs.length > 0 && work.fresh.length > 0) {
    const freed = work.leaving.reduce((sum, exchange) => sum + exchange.tokens, 0);
    const spare = Math.min(work.allowance - sumTokens(work.stubs), freed);
    const text = compose(work.fresh, spare, true);
    if (text !== undefined) return { text, seqs: work.fresh, absorbs: [] };
  }
  const seqs = [...new Set([...work.gone, ...work.fresh])].sort((a, b) => a - b);
  const maxTokens = work.stubs.length > 0 ? Math.floor(work.allowance * mergedShare) : work.allowance;
  return { text: compose(seqs, maxTokens, false), seqs, absorbs: work.stubs.map((stub) => stub.edit) };
}
