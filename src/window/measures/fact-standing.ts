import type { Entry } from "../store/store.ts";
import type { Fact } from "./facts.ts";
import type { Item } from "./layout.ts";
import { isRequest } from "./protect.ts";

/** What is known of a fact across the thread: it decides whether a stub keeps it. */
export interface FactStanding {
  readonly weight: number;
  /** Mentions, each weighted by who made it. */
  readonly mentions: number;
  /** Seqs of the entries that hold it, oldest first. */
  readonly at: readonly number[];
}

/** The standing of each fact, by its value. */
export type Standings = ReadonlyMap<string, FactStanding>;

/** A fact's worth halves with every so many entries since it was last mentioned. */
const halfLife = 30;

/** What a person names and what a call uses is asked for again more often than what a result lists. */
function mentionWeight(entry: Entry): number {
  if (isRequest(entry)) return 2;
  if (entry.parts.some((part) => part.kind === "tool-call")) return 2;
  return entry.role === "assistant" ? 1.5 : 1;
}

/** Looks once at every given entry. */
export function factStandings(
  entries: readonly Entry[],
  factsOfEntry: (seq: number) => readonly Fact[],
): Standings {
  const standings = new Map<string, { weight: number; mentions: number; at: number[] }>();
  for (const entry of entries) {
    const by = mentionWeight(entry);
    for (const { value, weight } of factsOfEntry(entry.seq)) {
      const standing = standings.get(value);
      if (standing === undefined) {
        standings.set(value, { weight, mentions: by, at: [entry.seq] });
        continue;
      }
      standing.weight = Math.max(standing.weight, weight);
      standing.mentions += by;
      standing.at.push(entry.seq);
    }
  }
  return standings;
}

/** What a fact is worth to a window whose next entry is `nextSeq`: form, mentions, and how long ago the last one was. */
export function factWorth(standing: FactStanding, nextSeq: number): number {
  const age = nextSeq - (standing.at.at(-1) ?? 0);
  return standing.weight * (1 + Math.log2(standing.mentions)) * 0.5 ** (age / halfLife);
}

/** Seqs of the entries that the window shows as they came: what they say needs no place in a stub. */
export function shownWhole(items: readonly Item[]): ReadonlySet<number> {
  return new Set(
    items.flatMap((item) => (item.type === "entry" && item.shown === undefined ? [item.seq] : [])),
  );
}
