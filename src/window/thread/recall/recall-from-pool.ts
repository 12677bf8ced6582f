import type { Passage } from "../../recall/index/document.ts";
import type { Embedder, QueryEmbedding } from "../../recall/rank/embedder.ts";
import type { Why } from "../../recall/rank/explain.ts";
import { packRanked } from "../../recall/rank/pack.ts";
import type { RecallQuery } from "../../recall/score/query.ts";
import { rankDocuments } from "../../recall/rank/rank.ts";
import type { RankedPassage } from "../../recall/rank/rank.ts";
import type { RecallIndex } from "../../recall/index/recall-index.ts";
import type { TokenCounter } from "../../tokens/counter.ts";
import type { PoolPlace, RecallPool } from "./recall-pool.ts";

/** A recalled entry, or a passage of a long one, verbatim. */
export interface RecalledItem {
  readonly thread: string;
  readonly seq: number;
  /** Handle for `expand`: `#` and the entry's number; of another thread's entry, with its id in front. */
  readonly handle: string;
  readonly role: string;
  readonly speaker: string | undefined;
  readonly time: number | undefined;
  readonly text: string;
  /** True if the text is a passage of a longer entry. */
  readonly partial: boolean;
  readonly tokens: number;
  readonly score: number;
  readonly why: Why;
}

/** Result of a recall. */
export interface Recalled {
  /** Best first. */
  readonly items: readonly RecalledItem[];
  /** Tokens of the items as `formatRecalled` formats them. */
  readonly tokens: number;
  readonly budgetTokens: number;
}

/** Tokens of a recalled message in addition to its text: number, name and line break. */
const itemOverheadTokens = 4;
/** Embedding every passage on each query would be too slow: embeds only the newest 512. */
const maxEmbedded = 512;

function nameOf(speaker: string | undefined, role: string): string {
  return speaker ?? role;
}

/** Formats the date and time that head the entries of a session. */
function formatDateHead(time: number | undefined): string {
  return time === undefined ? "" : `[${new Date(time).toISOString().slice(0, 16).replace("T", " ")}]`;
}

function readPassage(
  index: RecallIndex,
  passage: Passage,
): { readonly text: string; readonly document: RecallIndex["storage"]["documents"][number] | undefined } {
  const document = findDocument(index, passage.seq);
  return { text: document?.text.slice(passage.start, passage.end) ?? "", document };
}

/** Finds a document by binary search: they are sorted by number. */
function findDocument(
  index: RecallIndex,
  seq: number,
): RecallIndex["storage"]["documents"][number] | undefined {
  const { documents } = index.storage;
  let low = 0;
  let high = index.documentCount - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = documents[middle]?.seq ?? 0;
    if (at === seq) return documents[middle];
    if (at < seq) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** Ranks a pool and packs the best passages into the budget, without the entries that `skip` returns true for. */
export async function recallFromPool(
  pool: RecallPool,
  query: RecallQuery,
  how: {
    readonly budgetTokens: number;
    readonly minShare: number;
    readonly counter: TokenCounter;
    readonly embedder: Embedder | undefined;
    readonly skip: (thread: string, seq: number) => boolean;
    /** The thread that the query comes from. */
    readonly thread: string;
  },
): Promise<Recalled> {
  const { index, statistics } = pool;
  const embedding = how.embedder === undefined ? undefined : await embed(how.embedder, pool, query.text);
  const ranked = rankDocuments(index, query, { minShare: how.minShare, statistics, embedding }).filter(
    ({ passage }) => {
      const place = pool.placeOf(passage.seq);
      return !how.skip(place.thread, place.seq);
    },
  );
  const costs = new Map<Passage, number>();
  const costOf = (passage: Passage): number => {
    const { text, document } = readPassage(index, passage);
    const cost =
      how.counter.count(`${nameOf(document?.speaker, document?.role ?? "")}: ${text}`) + itemOverheadTokens;
    costs.set(passage, cost);
    return cost;
  };
  const heads = formatSessionHeads(index);
  const packed = packRanked(ranked, {
    budgetTokens: how.budgetTokens,
    messageCost: costOf,
    sessionCost: (session) => how.counter.count(heads.get(session) ?? "") + itemOverheadTokens,
  });
  const items = packed.chosen.map((entry) => ({
    ...makeRecalledItem(pool, entry, costs.get(entry.passage) ?? 0),
    handle: nameEntry(pool.placeOf(entry.passage.seq), how.thread),
  }));
  return { items, tokens: packed.costTokens, budgetTokens: how.budgetTokens };
}

function nameEntry({ thread, seq }: PoolPlace, from: string): string {
  return thread === from ? `#${seq}` : `${thread}#${seq}`;
}

function formatSessionHeads(index: RecallIndex): ReadonlyMap<number, string> {
  const heads = new Map<number, string>();
  for (const passage of index.storage.passages) {
    if (!heads.has(passage.session))
      heads.set(passage.session, formatDateHead(findDocument(index, passage.seq)?.time));
  }
  return heads;
}

function makeRecalledItem(
  pool: RecallPool,
  entry: RankedPassage,
  tokens: number,
): Omit<RecalledItem, "handle"> {
  const { text, document } = readPassage(pool.index, entry.passage);
  const place = pool.placeOf(entry.passage.seq);
  return {
    thread: place.thread,
    seq: place.seq,
    role: document?.role ?? "user",
    speaker: document?.speaker,
    time: document?.time,
    text,
    partial: entry.passage.parts > 1,
    tokens,
    score: entry.score,
    why: entry.why,
  };
}

async function embed(embedder: Embedder, pool: RecallPool, query: string): Promise<QueryEmbedding> {
  const passages = pool.index.storage.passages.slice(0, pool.index.passageCount).slice(-maxEmbedded);
  const vectors = await embedder.embed([
    query,
    ...passages.map((passage) => readPassage(pool.index, passage).text),
  ]);
  const byPassage = new Map(passages.map((passage, index) => [passage, vectors[index + 1]]));
  return { query: vectors[0] ?? new Float32Array(), vectorOf: (passage) => byPassage.get(passage) };
}

/** Formats recalled entries as one text, in chronological order, each session under its date. */
export function formatRecalled(items: readonly RecalledItem[]): string {
  const sorted = [...items].sort((a, b) =>
    a.thread < b.thread ? -1 : a.thread > b.thread ? 1 : a.seq - b.seq,
  );
  const lines: string[] = [];
  let head = "";
  for (const item of sorted) {
    const next = formatDateHead(item.time);
    if (next !== head) lines.push(next);
    head = next;
    lines.push(`${item.handle} ${nameOf(item.speaker, item.role)}: ${item.text}`);
  }
  return lines.join("\n");
}
