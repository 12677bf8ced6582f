import type { FactStanding, Standings } from "./fact-standing.ts";
import { factWorth } from "./fact-standing.ts";

/** A fact of at least this worth that finds no place makes the stub change to its denser form. */
const worthKeeping = 0.2;

/** What a stub is made of. */
export interface StubSource {
  /** Seqs of the entries that it stands for, in order. */
  readonly seqs: readonly number[];
  readonly standings: Standings;
  /** True for an entry that stays in full view, so that its facts need no place here. */
  readonly stays: (seq: number) => boolean;
  /** Text outside the items that every call carries. */
  readonly standingText: string;
  /** The most tokens the text may take. */
  readonly limitTokens: number;
  readonly nextSeq: number;
  /** Name of an entry's source on its line: the tool it comes from, or the role. */
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
  readonly tokens: number;
  readonly worth: number;
  readonly at: readonly number[];
}

/** How a fact is written: as it is, in quotes where it holds blanks, so that it is read as one. */
function written(value: string): string {
  return /\s/.test(value) ? JSON.stringify(value) : value;
}

function candidates(source: StubSource): {
  readonly fresh: readonly Candidate[];
  readonly said: readonly Candidate[];
} {
  const gone = new Set(source.seqs);
  const fresh: Candidate[] = [];
  const said: Candidate[] = [];
  for (const [value, standing] of source.standings) {
    const at = standing.at.filter((seq) => gone.has(seq));
    if (at.length === 0) continue;
    const candidate = candidateOf(value, standing, at, source);
    const elsewhere = standing.at.some((seq) => source.stays(seq)) || source.standingText.includes(value);
    (elsewhere ? said : fresh).push(candidate);
  }
  // Worth per square root of its length: between "as many as fit" and "the best whatever they cost".
  const rank = ({ worth, tokens }: Candidate): number => worth / Math.sqrt(tokens);
  const byRank = (a: Candidate, b: Candidate): number => rank(b) - rank(a) || (a.value < b.value ? -1 : 1);
  return { fresh: fresh.sort(byRank), said: said.sort(byRank) };
}

function candidateOf(
  value: string,
  standing: FactStanding,
  at: readonly number[],
  source: StubSource,
): Candidate {
  return {
    value,
    tokens: source.countTokens(` ${written(value)}`),
    worth: factWorth(standing, source.nextSeq),
    at,
  };
}

class StubLines {
  readonly #lines = new Map<number, string[]>();
  readonly #source: StubSource;
  readonly #perLine: boolean;
  readonly #head: string;
  #used: number;

  constructor(source: StubSource, head: string, perLine: boolean) {
    this.#source = source;
    this.#perLine = perLine;
    this.#head = head;
    this.#used = source.countTokens(head);
  }

  /** Puts a fact on a line if there is room for it. */
  put(fact: Candidate, seq: number): boolean {
    const line = this.#lines.get(seq);
    if (line?.includes(fact.value) === true) return true;
    const label =
      line === undefined && this.#perLine ? this.#source.countTokens(`\n${this.#source.labelOf(seq)}`) : 0;
    if (this.#used + fact.tokens + label > this.#source.limitTokens) return false;
    this.#used += fact.tokens + label;
    if (line === undefined) this.#lines.set(seq, [fact.value]);
    else line.push(fact.value);
    return true;
  }

  has(seq: number): boolean {
    return this.#lines.has(seq);
  }

  text(): string {
    const sorted = [...this.#lines].sort((a, b) => a[0] - b[0]);
    const words = sorted.map(([seq, values]) => {
      const list = values.map(written).join(" ");
      return this.#perLine ? `${this.#source.labelOf(seq)} ${list}` : list;
    });
    return this.#perLine ? [this.#head, ...words].join("\n") : [this.#head, ...words].join(" ");
  }
}

function compose(source: StubSource, perLine: boolean): StubText | undefined {
  const first = source.seqs[0] ?? 0;
  const last = source.seqs.at(-1) ?? first;
  const head = perLine
    ? `[Messages #${first} to #${last} left this window; recall brings any of them back by its number. They held:]`
    : `[#${first} to #${last} left; recall by number. They held:]`;
  if (source.countTokens(head) > source.limitTokens) return undefined;
  const lines = new StubLines(source, head, perLine);
  const { fresh, said } = candidates(source);
  const placed: Candidate[] = [];
  let cut = false;
  for (const fact of fresh) {
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
  for (const fact of facts) for (const seq of fact.at.toReversed()) if (lines.has(seq)) lines.put(fact, seq);
}

/**
 * The stub of entries that left: the facts of most worth that the rest of the window does not say, one line per entry they
 * stood in; where that would cut one worth keeping, all on one line, which holds more. Undefined when not even its head fits.
 */
export function composeStub(source: StubSource): StubText | undefined {
  const lines = compose(source, true);
  if (lines !== undefined && !lines.cut) return lines;
  return compose(source, false) ?? lines;
}
