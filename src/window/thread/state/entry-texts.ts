import { parseExact } from "../../conversation/json/parse-exact.ts";
import type { Message } from "../../conversation/message/message.ts";
import { readMessage } from "../../conversation/read/read-message.ts";
import { extractFacts } from "../../measures/text/facts.ts";
import type { Fact } from "../../measures/text/facts.ts";
import type { Entry, Store } from "../../store/store.ts";
import { Slices } from "./slices.ts";
import { GrowingList } from "./growing-list.ts";
import type { ThreadState } from "./thread-state.ts";

/** Entries whose facts are kept in memory; others are extracted again on demand. */
const maxEntriesWithFacts = 4_000;

/** Messages up to this length have their facts extracted ahead; a longer one would hold the event loop, and may never need them. */
const maxPreparedLength = 200_000;

/** Facts of so few entries are extracted within a slice or two; a window does not wait for them. */
const maxUnprepared = 32;

/** Caches the texts of a thread's entries: loaded on demand, dropped when they leave the window. */
export class EntryTexts {
  readonly #json = new Map<number, string>();
  readonly #messages = new Map<number, Message>();
  readonly #values = new Map<number, unknown>();
  readonly #facts = new Map<number, readonly Fact[]>();
  #preparing: Promise<void> = Promise.resolve();
  #entries = GrowingList.of<Entry>([]);

  /** Loads the texts of these entries, with one read per run of consecutive entries. */
  async load(store: Store, { record, entries }: ThreadState, seqs: readonly number[]): Promise<void> {
    this.#entries = entries;
    const missing = seqs.filter((seq) => !this.#json.has(seq)).sort((a, b) => a - b);
    let start = 0;
    for (let end = 1; end <= missing.length; end++) {
      const from = missing[start] ?? 0;
      if (end < missing.length && missing[end] === from + (end - start)) continue;
      for (const entry of await store.entries(record.thread, from, from + (end - start)))
        this.#json.set(entry.seq, entry.json);
      start = end;
    }
  }

  /** Adds the texts of entries that were just appended. */
  add(entries: readonly Entry[], messages: readonly Message[]): void {
    for (const [index, entry] of entries.entries()) {
      this.#json.set(entry.seq, entry.json);
      const message = messages[index];
      if (message !== undefined) this.#messages.set(entry.seq, message);
    }
  }

  /** Extracts and counts the facts of entries ahead, in slices: an edit that needs them for the entire window does not stall. */
  prepareFacts(seqs: readonly number[], countShort: (text: string) => number): Promise<void> {
    const done = this.#prepare(seqs, countShort);
    if (seqs.length > maxUnprepared) this.#preparing = done;
    return done;
  }

  /** Resolves when the facts of a long history that was just added are there: extracting them at once would hold the event loop. */
  waitForFacts(): Promise<void> {
    return this.#preparing;
  }

  async #prepare(seqs: readonly number[], countShort: (text: string) => number): Promise<void> {
    const slices = new Slices();
    await slices.pause();
    for (const seq of seqs) {
      const { length } = this.#messages.get(seq)?.json ?? "";
      if (length === 0 || length > maxPreparedLength || this.#facts.has(seq)) continue;
      for (const { value } of this.facts(seq)) countShort(` ${value}`);
      await slices.next();
    }
  }

  /** Returns the JSON of a loaded entry. */
  json(seq: number): string {
    return this.#json.get(seq) ?? "";
  }

  /** Returns the parsed message of a loaded entry; undefined if it is not loaded. */
  message(seq: number): Message | undefined {
    const held = this.#messages.get(seq);
    const entry = this.#entries.at(seq);
    if (held !== undefined || entry === undefined || !this.#json.has(seq)) return held;
    const message = readMessage(this.json(seq), entry.format);
    this.#messages.set(seq, message);
    return message;
  }

  /** Returns the facts of a loaded entry. */
  facts(seq: number): readonly Fact[] {
    const held = this.#facts.get(seq);
    if (held !== undefined) return held;
    const message = this.message(seq);
    const facts = message === undefined ? [] : extractMessageFacts(message);
    if (this.#facts.size >= maxEntriesWithFacts) this.#facts.clear();
    this.#facts.set(seq, facts);
    return facts;
  }

  /** Returns the parsed JSON of an entry, frozen because all windows share it. */
  value(seq: number, json: string): unknown {
    const held = this.#values.get(seq);
    if (held !== undefined) return held;
    const value = freeze(parseExact(json));
    // A window may be read after the thread continued: an entry evicted since is not cached again.
    if (this.#json.has(seq)) this.#values.set(seq, value);
    return value;
  }

  /** Drops everything about entries from a place on: they were not stored. */
  dropFrom(seq: number): void {
    for (const held of [this.#json, this.#messages, this.#values, this.#facts])
      for (const key of held.keys()) if (key >= seq) held.delete(key);
  }

  /** Drops the texts of all entries but these. */
  keep(seqs: ReadonlySet<number>): void {
    for (const held of [this.#json, this.#messages, this.#values]) {
      for (const seq of held.keys()) if (!seqs.has(seq)) held.delete(seq);
    }
  }
}

/** Facts kept per entry, those of most weight: a stub for many entries has no room for more of each. */
const maxFactsOfEntry = 32;

/** Minimum weight of a value in a tool call's arguments: it is as likely to be used again as an identifier, whatever its form. */
const argumentWeight = 0.6;

function extractMessageFacts(message: Message): readonly Fact[] {
  const facts = new Map<string, Fact>();
  for (const part of message.parts) {
    if (part.kind === "reasoning") continue;
    const minWeight = part.kind === "tool-call" ? argumentWeight : 0;
    for (const { value, weight } of extractFacts(part.arguments ?? part.text))
      facts.set(value, { value, weight: Math.max(weight, minWeight) });
  }
  const all = [...facts.values()];
  if (all.length <= maxFactsOfEntry) return all;
  const minWeight = all.map(({ weight }) => weight).sort((a, b) => b - a)[maxFactsOfEntry - 1] ?? 0;
  return all.filter(({ weight }) => weight >= minWeight).slice(0, maxFactsOfEntry);
}

/** Freezes a JSON value deeply, without recursion. */
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
