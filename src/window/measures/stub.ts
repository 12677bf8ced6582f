import type { Fact } from "./text/facts.ts";
import { rateFact } from "./fact-use.ts";
import type { FactUses } from "./fact-use.ts";

/** Leaving out a fact of at least this worth makes the stub change to its denser form. */
const minKeptWorth = 0.2;

/** What a stub is composed from. */
export interface StubSource {
  /** Seqs of the entries that it replaces, in order. */
  readonly seqs: readonly number[];
  readonly factUses: FactUses;
  readonly factsOfEntry: (seq: number) => readonly Fact[];
  /** True for an entry that stays in the window unedited, so its facts need no room here. */
  readonly isShown: (seq: number) => boolean;
  /** Text outside the items that every call sends. */
  readonly constantText: string;
  readonly maxTokens: number;
  readonly nextSeq: number;
  /** Returns what an entry is called in a stub: its number, and its tool or role. */
  readonly labelOf: (seq: number) => string;
  readonly countTokens: (text: string) => number;
}

/** A stub's text; `cut` is true when it leaves out a fact worth keeping. */
export interface StubText {
  readonly text: string;
  readonly tokens: number;
  readonly cut: boolean;
}

interface Candidate {
  readonly value: string;
  readonly worth: number;
  /** Worth per square root of its length: a compromise between the most facts and the best facts. */
  readonly rank: number;
  /** Seqs of the replaced entries that hold it, oldest first. */
  readonly seqs: readonly number[];
}

interface Candidates {
  /** Facts that nothing else in the window shows. */
  readonly lost: readonly Candidate[];
  /** Facts that the window still shows elsewhere. */
  readonly shown: readonly Candidate[];
}

/** After this many facts in a row that did not fit, a stub counts as full: the rest is hardly shorter, and there may be thousands. */
const maxRefused = 24;
/** Characters per token, for ranking only; the cost of a fact is counted exactly when it is placed. */
const charactersPerToken = 3;

/** Writes a fact: in quotes if it contains whitespace, so that it reads as one value. */
function writeFact(value: string): string {
  return /\s/.test(value) ? JSON.stringify(value) : value;
}

function rankFacts(source: StubSource): Candidates {
  const lost: Candidate[] = [];
  const shown: Candidate[] = [];
  for (const [value, seqs] of mapFactsToSeqs(source)) {
    const use = source.factUses.get(value);
    if (use === undefined) continue;
    const worth = rateFact(use, source.nextSeq);
    const rank = worth / Math.sqrt(Math.ceil(value.length / charactersPerToken));
    const isElsewhere =
      (seqs.length < use.seqs.length && use.seqs.some((seq) => source.isShown(seq))) ||
      source.constantText.includes(value);
    (isElsewhere ? shown : lost).push({ value, worth, rank, seqs });
  }
  const byRank = (a: Candidate, b: Candidate): number => b.rank - a.rank || (a.value < b.value ? -1 : 1);
  return { lost: lost.sort(byRank), shown: shown.sort(byRank) };
}

/** Maps each fact of the replaced entries to those that hold it. The entire thread may hold many times as many facts. */
function mapFactsToSeqs(source: StubSource): ReadonlyMap<string, readonly number[]> {
  const seqsOf = new Map<string, number[]>();
  for (const seq of source.seqs) {
    for (const { value } of source.factsOfEntry(seq)) {
      const seqs = seqsOf.get(value);
      if (seqs === undefined) seqsOf.set(value, [seq]);
      else seqs.push(seq);
    }
  }
  return seqsOf;
}

/** The lines of a stub while it is filled: one per entry, or all facts on one line. */
class StubLines {
  readonly #lines = new Map<number, string[]>();
  readonly #source: StubSource;
  readonly #perLine: boolean;
  readonly #head: string;
  #used: number;
  #refused = 0;

  constructor(source: StubSource, head: string, perLine: boolean) {
    this.#source = source;
    this.#perLine = perLine;
    this.#head = head;
    this.#used = source.countTokens(head + factsFollow);
  }

  /** Puts a fact on the line of an entry; returns false when there is no room for it. */
  put(fact: Candidate, seq: number): boolean {
    const line = this.#lines.get(seq);
    if (line?.includes(fact.value) === true) return true;
    const { countTokens, labelOf, maxTokens } = this.#source;
    const label = line === undefined && this.#perLine ? countTokens(`\n${labelOf(seq)}`) : 0;
    const tokens = countTokens(` ${writeFact(fact.value)}`) + label;
    if (this.#used + tokens > maxTokens) {
      this.#refused++;
      return false;
    }
    this.#refused = 0;
    this.#used += tokens;
    if (line === undefined) this.#lines.set(seq, [fact.value]);
    else line.push(fact.value);
    return true;
  }

  get isFull(): boolean {
    return this.#refused >= maxRefused || this.#used >= this.#source.maxTokens;
  }

  has(seq: number): boolean {
    return this.#lines.has(seq);
  }

  text(): string {
    if (this.#lines.size === 0) return `${this.#head}]`;
    const sorted = [...this.#lines].sort((a, b) => a[0] - b[0]);
    const words = sorted.map(([seq, values]) => {
      const list = values.map(writeFact).join(" ");
      return this.#perLine ? `${this.#source.labelOf(seq)} ${list}` : list;
    });
    return [`${this.#head}${factsFollow}`, ...words].join(this.#perLine ? "\n" : " ");
  }
}

/** Ends the head of a stub that lists facts. */
const factsFollow = " They held:]";

function composeLines(
  source: StubSource,
  { lost, shown }: Candidates,
  perLine: boolean,
): StubText | undefined {
  const first = source.seqs[0] ?? 0;
  const last = source.seqs.at(-1) ?? first;
  const which = first === last ? `#${first}` : `#${first} to #${last}`;
  const head = perLine
    ? `[${first === last ? "Message" : "Messages"} ${which} left this window; recall brings any of them back by its number.`
    : `[${which} left; recall by number.`;
  if (source.countTokens(head + factsFollow) > source.maxTokens) return undefined;
  const lines = new StubLines(source, head, perLine);
  const placed: Candidate[] = [];
  let cut = false;
  for (const [index, fact] of lost.entries()) {
    if (lines.isFull) {
      cut ||= lost.slice(index).some(({ worth }) => worth >= minKeptWorth);
      break;
    }
    const seq = perLine ? (fact.seqs.findLast((one) => lines.has(one)) ?? fact.seqs.at(-1) ?? first) : first;
    if (lines.put(fact, seq)) placed.push(fact);
    else if (fact.worth >= minKeptWorth) cut = true;
  }
  if (perLine) repeatFacts([...placed, ...shown], lines);
  const text = lines.text();
  return { text, tokens: source.countTokens(text), cut };
}

/** Uses the remaining room to repeat facts on the lines of other entries, which shows the reader which values belong together. */
function repeatFacts(facts: readonly Candidate[], lines: StubLines): void {
  for (const fact of facts) {
    for (const seq of fact.seqs.toReversed()) if (lines.has(seq) && !lines.isFull) lines.put(fact, seq);
    if (lines.isFull) return;
  }
}

/** Tokens of identifiers hardly ever have more characters; gives a lower bound on the tokens of facts. */
const maxCharactersPerToken = 5;

/** Returns true when the facts worth keeping cannot all fit in any form, so that trying is pointless. */
function cannotHold(facts: Candidates, maxTokens: number): boolean {
  let tokens = 0;
  for (const { value, worth } of facts.lost) {
    if (worth >= minKeptWorth) tokens += Math.ceil(value.length / maxCharactersPerToken);
    if (tokens > maxTokens) return true;
  }
  return false;
}

/**
 * Composes the stub of evicted entries: their most valuable facts that the rest of the window does not show, one line per entry. If
 * that would cut a fact worth keeping, all facts go on one line, which holds more. Returns undefined when not even the head fits or,
 * with `completeOnly`, when a fact worth keeping would be cut.
 */
export function composeStub(source: StubSource, completeOnly = false): StubText | undefined {
  const facts = rankFacts(source);
  const tooMany = cannotHold(facts, source.maxTokens);
  if (tooMany && completeOnly) return undefined;
  const lines = tooMany && source.seqs.length > 1 ? undefined : composeLines(source, facts, true);
  // One entry has one line: the denser form would hold no more.
  if (lines !== undefined && (!lines.cut || source.seqs.length === 1)) return lines;
  const dense = composeLines(source, facts, false) ?? lines;
  return completeOnly && dense?.cut === true ? undefined : dense;
}
