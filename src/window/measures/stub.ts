import type { Fact } from "./facts.ts";
import type { Standings } from "./fact-standing.ts";
import { factWorth } from "./fact-standing.ts";

/** A fact of at least this worth that finds no place makes the stub change to its denser form. */
const worthKeeping = 0.2;

/** What a stub is made of. */
export interface StubSource {
  /** Seqs of the entries that it stands for, in order. */
  readonly seqs: readonly number[];
  readonly standings: Standings;
  readonly factsOfEntry: (seq: number) => readonly Fact[];
  /** True for an entry that stays in full view, so that its facts need no place here. */
  readonly stays: (seq: number) => boolean;
  /** Text outside the items that every call carries. */
  readonly standingText: string;
  /** The most tokens the text may take. */
  readonly limitTokens: number;
  readonly nextSeq: number;
  /** Name of an entry's source in its thread: the tool it comes from, or the role. */
  readonly labelOf: (seq: number) => string;
  readonly countTokens: (text: string) => number;
}

/** A stub's text; `cut` says that a fact worth keeping found no place in it. */
export interface StubText {
  readonly text: string;
  readonly tokens: number;
  readonly cut: boolean;
}

interface Candidate {
  readonly value: string;
  readonly worth: number;
  /** Worth per square root of its length: between "as many as fit" and "the best whatever they cost". */
  readonly rank: number;
  readonly at: readonly number[];
}

interface Candidates {
  readonly fresh: readonly Candidate[];
  readonly said: readonly Candidate[];
}

/** A stub is full when so many facts in a row found no place: the rest is hardly smaller, and there may be thousands. */
const maxRefused = 24;
/** Characters of a token, for ranking; the cost of a fact is counted exactly when it is placed. */
const charactersPerToken = 3;

/** How a fact is written: as it is, in quotes where it holds blanks, so that it is read as one. */
function written(value: string): string {
  return /\s/.test(value) ? JSON.stringify(value) : value;
}

function candidates(source: StubSource): Candidates {
  const fresh: Candidate[] = [];
  const said: Candidate[] = [];
  for (const [value, at] of placesOfFacts(source)) {
    const standing = source.standings.get(value);
    if (standing === undefined) continue;
    const worth = factWorth(standing, source.nextSeq);
    const rank = worth / Math.sqrt(Math.ceil(value.length / charactersPerToken));
    const elsewhere =
      (at.length < standing.at.length && standing.at.some((seq) => source.stays(seq))) ||
      source.standingText.includes(value);
    (elsewhere ? said : fresh).push({ value, worth, rank, at });
  }
  const byRank = (a: Candidate, b: Candidate): number => b.rank - a.rank || (a.value < b.value ? -1 : 1);
  return { fresh: fresh.sort(byRank), said: said.sort(byRank) };
}

/** Only the facts of the entries themselves are looked at: those of the thread may be many times as many. */
function placesOfFacts(source: StubSource): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const seq of source.seqs) {
    for (const { value } of source.factsOfEntry(seq)) {
      const at = places.get(value);
      if (at === undefined) places.set(value, [seq]);
      else at.push(seq);
    }
  }
  return places;
}

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
    this.#used = source.countTokens(head + heldMark);
  }

  /** Puts a fact on a line if there is room for it. */
  put(fact: Candidate, seq: number): boolean {
    const line = this.#lines.get(seq);
    if (line?.includes(fact.value) === true) return true;
    const { countTokens, labelOf, limitTokens } = this.#source;
    const label = line === undefined && this.#perLine ? countTokens(`\n${labelOf(seq)}`) : 0;
    const tokens = countTokens(` ${written(fact.value)}`) + label;
    if (this.#used + tokens > limitTokens) {
      this.#refused += 1;
      return false;
    }
    this.#refused = 0;
    this.#used += tokens;
    if (line === undefined) this.#lines.set(seq, [fact.value]);
    else line.push(fact.value);
    return true;
  }

  get isFull(): boolean {
    return this.#refused >= maxRefused || this.#used >= this.#source.limitTokens;
  }

  has(seq: number): boolean {
    return this.#lines.has(seq);
  }

  text(): string {
    if (this.#lines.size === 0) return `${this.#head}]`;
    const sorted = [...this.#lines].sort((a, b) => a[0] - b[0]);
    const words = sorted.map(([seq, values]) => {
      const list = values.map(written).join(" ");
      return this.#perLine ? `${this.#source.labelOf(seq)} ${list}` : list;
    });
    return [`${this.#head}${heldMark}`, ...words].join(this.#perLine ? "\n" : " ");
  }
}

/** Closes a stub's head when facts follow. */
const heldMark = " They held:]";

function compose(source: StubSource, { fresh, said }: Candidates, perLine: boolean): StubText | undefined {
  const first = source.seqs[0] ?? 0;
  const last = source.seqs.at(-1) ?? first;
  const which = first === last ? `#${first}` : `#${first} to #${last}`;
  const head = perLine
    ? `[${first === last ? "Message" : "Messages"} ${which} left this window; recall brings any of them back by its number.`
    : `[${which} left; recall by number.`;
  if (source.countTokens(head + heldMark) > source.limitTokens) return undefined;
  const lines = new StubLines(source, head, perLine);
  const placed: Candidate[] = [];
  let cut = false;
  for (const [index, fact] of fresh.entries()) {
    if (lines.isFull) {
      cut ||= fresh.slice(index).some(({ worth }) => worth >= worthKeeping);
      break;
    }
    const seq = perLine ? (fact.at.findLast((at) => lines.has(at)) ?? fact.at.at(-1) ?? first) : first;
    if (lines.put(fact, seq)) placed.push(fact);
    else if (fact.worth >= worthKeeping) cut = true;
  }
  if (perLine) sayAgain([...placed, ...said], lines);
  const text = lines.text();
  return { text, tokens: source.countTokens(text), cut };
}

/** Room that is left goes to saying again what stood together, so that a reader sees which values belong to each other. */
function sayAgain(facts: readonly Candidate[], lines: StubLines): void {
  for (const fact of facts) {
    for (const seq of fact.at.toReversed()) if (lines.has(seq) && !lines.isFull) lines.put(fact, seq);
    if (lines.isFull) return;
  }
}

/** A token is hardly ever longer than this many characters in identifiers: facts that need more tokens by it cannot all fit. */
const maxCharactersPerToken = 5;

/** True when not all facts worth keeping can fit, whatever the form: then trying to fit them is in vain. */
function cannotHold(facts: Candidates, limitTokens: number): boolean {
  let tokens = 0;
  for (const { value, worth } of facts.fresh) {
    if (worth >= worthKeeping) tokens += Math.ceil(value.length / maxCharactersPerToken);
    if (tokens > limitTokens) return true;
  }
  return false;
}

/**
 * The stub of entries that left: the facts of most worth that the rest of the window does not say, one line per entry they
 * stood in; where that would cut one worth keeping, all on one line, which holds more. Undefined when not even its head fits,
 * or, with `wholeOnly`, when a fact worth keeping would be cut.
 */
export function composeStub(source: StubSource, wholeOnly = false): StubText | undefined {
  const facts = candidates(source);
  const tooMany = cannotHold(facts, source.limitTokens);
  if (tooMany && wholeOnly) return undefined;
  const lines = tooMany && source.seqs.length > 1 ? undefined : compose(source, facts, true);
  // Of one entry there is one line: the denser form would hold no more.
  if (lines !== undefined && (!lines.cut || source.seqs.length === 1)) return lines;
  const dense = compose(source, facts, false) ?? lines;
  return wholeOnly && dense?.cut === true ? undefined : dense;
}
