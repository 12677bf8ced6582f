import type { Message } from "../../conversation/message/message.ts";
import { readMessage } from "../../conversation/read/read-message.ts";
import { factsOf } from "../../measures/facts.ts";
import type { Fact } from "../../measures/facts.ts";
import type { Entry, Store } from "../../store/store.ts";
import { GrowingList } from "./growing-list.ts";
import { searchableText } from "./searchable-text.ts";
import type { ThreadState } from "./thread-state.ts";

/** Facts of this many entries are kept; they are found again when they are asked for. */
const maxFacts = 4_000;

/** The texts of a thread's entries that are in use: loaded when asked for, forgotten when they left the window. */
export class EntryTexts {
  readonly #json = new Map<number, string>();
  readonly #messages = new Map<number, Message>();
  readonly #values = new Map<number, unknown>();
  readonly #facts = new Map<number, readonly Fact[]>();
  #entries = GrowingList.of<Entry>([]);

  /** Makes sure that the texts of these entries are here. One read for each run of neighbours. */
  async load(store: Store, { record, entries }: ThreadState, seqs: readonly number[]): Promise<void> {
    this.#entries = entries;
    const missing = seqs.filter((seq) => !this.#json.has(seq)).sort((a, b) => a - b);
    let start = 0;
    for (let end = 1; end <= missing.length; end += 1) {
      const from = missing[start] ?? 0;
      if (end < missing.length && missing[end] === from + (end - start)) continue;
      for (const entry of await store.entries(record.thread, from, from + (end - start)))
        this.#json.set(entry.seq, entry.json);
      start = end;
    }
  }

  /** Takes over texts that are known already, of entries that were just appended. */
  add(entries: readonly Entry[], messages: readonly Message[], countShort: (text: string) => number): void {
    for (const [index, entry] of entries.entries()) {
      this.#json.set(entry.seq, entry.json);
      const message = messages[index];
      if (message === undefined) continue;
      this.#messages.set(entry.seq, message);
      // Found and counted here, little by little, so that an edit that needs those of the whole window does not stall.
      for (const { value } of this.facts(entry.seq)) countShort(` ${value}`);
    }
  }

  json(seq: number): string {
    return this.#json.get(seq) ?? "";
  }

  message(seq: number): Message | undefined {
    const held = this.#messages.get(seq);
    const entry = this.#entries.at(seq);
    if (held !== undefined || entry === undefined || !this.#json.has(seq)) return held;
    const message = readMessage(this.json(seq), entry.format);
    this.#messages.set(seq, message);
    return message;
  }

  facts(seq: number): readonly Fact[] {
    const held = this.#facts.get(seq);
    if (held !== undefined) return held;
    const message = this.message(seq);
    const facts = message === undefined ? [] : factsOfMessage(message);
    if (this.#facts.size >= maxFacts) this.#facts.clear();
    this.#facts.set(seq, facts);
    return facts;
  }

  /** The parsed message, frozen, because every window shares it. */
  value(seq: number, json: string): unknown {
    const held = this.#values.get(seq);
    if (held !== undefined) return held;
    const value = freeze(JSON.parse(json));
    // A window may be read after the thread went on: what left since is not kept here again.
    if (this.#json.has(seq)) this.#values.set(seq, value);
    return value;
  }

  /** Forgets the texts of entries that are not named. */
  keep(seqs: ReadonlySet<number>): void {
    for (const held of [this.#json, this.#messages, this.#values]) {
      for (const seq of held.keys()) if (!seqs.has(seq)) held.delete(seq);
    }
  }
}

/** Facts of one entry that are kept, the most telling: a stub for many entries has no room for more of each. */
const maxFactsOfEntry = 32;

/** A value that a call was given is as likely to be given again as an identifier, whatever its form. */
const givenWeight = 0.6;

function factsOfMessage(message: Message): readonly Fact[] {
  const facts = new Map<string, Fact>();
  for (const part of message.parts) {
    if (part.kind === "reasoning") continue;
    const given = part.kind === "tool-call" ? givenWeight : 0;
    for (const { value, weight } of factsOf(part.arguments ?? part.text))
      facts.set(value, { value, weight: Math.max(weight, given) });
  }
  const all = [...facts.values()];
  if (all.length <= maxFactsOfEntry) return all;
  const least = all.map(({ weight }) => weight).sort((a, b) => b - a)[maxFactsOfEntry - 1] ?? 0;
  return all.filter(({ weight }) => weight >= least).slice(0, maxFactsOfEntry);
}

/** Freezes a JSON value all the way down, without recursion. */
export function freeze(value: unknown): unknown {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    pending.push(...Object.values(next));
  }
  return value;
}

/** What recall searches in an entry. */
export function recallText(message: Message | undefined): string {
  return message === undefined ? "" : searchableText(message);
}
