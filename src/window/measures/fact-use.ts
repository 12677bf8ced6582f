import type { Entry } from "../store/store.ts";
import type { Fact } from "./text/facts.ts";
import type { Item } from "./layout.ts";
import { isRequest } from "./protect.ts";

/** How a thread uses a fact; decides whether a stub keeps it. */
export interface FactUse {
  readonly weight: number;
  /** Number of mentions, each weighted by who made it. */
  readonly mentions: number;
  /** Seqs of the entries that hold it, oldest first. */
  readonly seqs: readonly number[];
}

/** The use of each fact, by its value. */
export type FactUses = ReadonlyMap<string, FactUse>;

/** Number of entries after which an unmentioned fact is worth half. */
const halfLifeEntries = 30;

/** Weight of a mention by a person or in a tool call: those are repeated later more often than what a result lists. */
const requestOrCallMention = 2;
/** Weight of a mention by the assistant, which repeats what matters to its task. */
const assistantMention = 1.5;
const resultMention = 1;

function weighMention(entry: Entry): number {
  if (isRequest(entry)) return requestOrCallMention;
  if (entry.parts.some((part) => part.kind === "tool-call")) return requestOrCallMention;
  return entry.role === "assistant" ? assistantMention : resultMention;
}

/** Collects the use of every fact in these entries, in one pass. */
export function collectFactUses(
  entries: readonly Entry[],
  factsOfEntry: (seq: number) => readonly Fact[],
): FactUses {
  const uses = new Map<string, { weight: number; mentions: number; seqs: number[] }>();
  for (const entry of entries) {
    const mention = weighMention(entry);
    for (const { value, weight } of factsOfEntry(entry.seq)) {
      const use = uses.get(value);
      if (use === undefined) {
        uses.set(value, { weight, mentions: mention, seqs: [entry.seq] });
        continue;
      }
      use.weight = Math.max(use.weight, weight);
      use.mentions += mention;
      use.seqs.push(entry.seq);
    }
  }
  return uses;
}

/** Rates a fact for a window whose next entry is `nextSeq`: by its form, its mentions, and the age of the last one. */
export function rateFact(use: FactUse, nextSeq: number): number {
  const age = nextSeq - (use.seqs.at(-1) ?? 0);
  return use.weight * (1 + Math.log2(use.mentions)) * 0.5 ** (age / halfLifeEntries);
}

/** Seqs of the entries that the window shows unedited: a stub need not repeat what they say. */
export function findUneditedSeqs(items: readonly Item[]): ReadonlySet<number> {
  return new Set(
    items.flatMap((item) => (item.type === "entry" && item.shown === undefined ? [item.seq] : [])),
  );
}
