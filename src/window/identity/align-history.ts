import type { Message, Role } from "../conversation/message/message.ts";
import { findTail } from "./find-tail.ts";
import type { Stretch } from "./find-tail.ts";
import { CallNumbers } from "./meaning.ts";
import type { Meaning } from "./meaning.ts";
import { relateMeanings } from "./relate-meanings.ts";
import type { MessageRelation } from "./relate-meanings.ts";

/** What alignment needs of a stored entry. */
export interface StoredPlace {
  readonly key: string;
  readonly role: Role;
  readonly hidden: boolean;
  readonly parts: readonly Pick<Message["parts"][number], "kind" | "callId">[];
}

/** A stored history as alignment sees it. */
export interface StoredHistory {
  readonly length: number;
  at(seq: number): StoredPlace | undefined;
}

/** A message as it was sent. */
export interface SentMessage {
  readonly key: string;
  readonly role: Role;
  readonly parts: readonly Pick<Message["parts"][number], "kind" | "callId">[];
  readonly meaning: Meaning;
}

/** The place of a sent message in the stored history: at an entry, or between entries without one of its own. */
export interface Slot {
  /** Seq of its entry; undefined for a message that only this request holds. */
  readonly seq: number | undefined;
  /** Seq of the entry that it precedes; its own if it has one. */
  readonly before: number;
  readonly relation: "equal" | "reduced";
}

/**
 * How a sent history relates to a stored one. `equal`: the same, or the same and more. `reduced`: the client made old messages
 * smaller. `cut`: it left some out, and the rest is equal. `continued`: it replaced the start by something else. `fork`: it differs
 * from some place on. `foreign`: it shares nothing.
 */
export type Relation = "equal" | "reduced" | "cut" | "continued" | "fork" | "foreign";

/** A sent history compared with a stored one. */
export interface Alignment {
  readonly relation: Relation;
  /** A slot for each leading message that is known; the rest is new. */
  readonly slots: readonly Slot[];
  /** Seq of the first new message: the history's length, or less for a fork. */
  readonly at: number;
  /** Entries from here on are not part of the sent history. */
  readonly end: number;
  /** Seqs before `end` that the client no longer sends. */
  readonly absent: ReadonlySet<number>;
  /** Of a continued history: the stretch with which both end. */
  readonly tail: Stretch | undefined;
}

/** Returns true for a message that says nothing of its own: reasoning alone, or nothing. */
export function saysNothing({ parts }: Pick<StoredPlace, "parts">): boolean {
  return parts.every((part) => part.kind === "reasoning");
}

/** An equal stretch of fewer entries does not show where a cut history goes on. */
const minStretch = 2;
/** The same where the stored history goes further: the request is then an older one as well. */
const minInnerStretch = 4;
/** Places at which a cut history is tried to go on. */
const maxTrials = 16;

/** Reads a stored message, for places where keys differ. */
export type LoadMeaning = (seq: number, calls: CallNumbers) => Promise<Meaning | undefined>;

/** Aligns a sent history with a stored one. Linear in both; stored messages are read only where keys differ. */
export async function alignHistory(
  sent: readonly SentMessage[],
  stored: StoredHistory,
  load: LoadMeaning,
): Promise<Alignment> {
  const walk = new Walk({ sent, stored, load }, { at: 0, seq: 0, calls: new CallNumbers() });
  await walk.run();
  if (walk.isDone) return walk.finish();
  const cut = await walk.findCut();
  if (cut !== undefined) return cut;
  const tail = findTail(sent, stored, walk);
  if (tail !== undefined) return { ...walk.finish("continued"), tail };
  return walk.finish(walk.shared > 0 ? "fork" : "foreign");
}

/**
 * By what a sent message says, how it relates to the entry that it was compared with last: a client sends its reduced messages again
 * with each request. What a stored entry says never changes, as it follows the same entries.
 */
const relations = new WeakMap<
  Meaning,
  { readonly entry: StoredPlace; readonly relation: MessageRelation | undefined }
>();

interface Histories {
  readonly sent: readonly SentMessage[];
  readonly stored: StoredHistory;
  readonly load: LoadMeaning;
}

interface Start {
  readonly at: number;
  readonly seq: number;
  readonly calls: CallNumbers;
}

/** One pass over both histories. */
class Walk {
  readonly #histories: Histories;
  readonly #sent: readonly SentMessage[];
  readonly #stored: StoredHistory;
  readonly #slots: Slot[] = [];
  readonly #absent = new Set<number>();
  readonly #calls: CallNumbers;
  /** Where the last run of messages that are only known to be shorter began. */
  #unsure:
    | { readonly slots: number; readonly at: number; readonly seq: number; readonly shared: number }
    | undefined;
  #mismatch = false;
  /** Index of the next sent message. */
  at: number;
  /** Seq of the next entry. */
  seq: number;
  /** Messages that say something and are known. */
  shared = 0;

  constructor(histories: Histories, start: Start) {
    this.#histories = histories;
    this.#sent = histories.sent;
    this.#stored = histories.stored;
    this.#calls = start.calls;
    this.at = start.at;
    this.seq = start.seq;
  }

  get isDone(): boolean {
    return !this.#mismatch;
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  get absent(): ReadonlySet<number> {
    return this.#absent;
  }

  async run(): Promise<void> {
    while (this.at < this.#sent.length && this.seq < this.#stored.length) {
      const message = this.#sent[this.at];
      const entry = this.#stored.at(this.seq);
      if (message === undefined || entry === undefined) return;
      if (entry.hidden) this.#passEntry(entry, false);
      else if (message.key === entry.key) this.#align(entry, "equal");
      else if (!this.#skip(message, entry) && !(await this.#relate(message, entry))) return this.#stop();
    }
    this.#passTrailing();
  }

  /** Passes a message or an entry that need not have a counterpart; returns false if there is none. */
  #skip(message: SentMessage, entry: StoredPlace): boolean {
    if (this.#isRestSilent(this.seq)) {
      this.#passEntry(entry, true);
      return true;
    }
    if (saysNothing(message) || message.role === "system") {
      this.#slots.push({ seq: undefined, before: this.seq, relation: "equal" });
      this.at++;
      return true;
    }
    if (!saysNothing(entry) && entry.role !== "system") return false;
    this.#passEntry(entry, true);
    return true;
  }

  /** Returns true if no entry from here on must be sent again: what follows is new. */
  #isRestSilent(from: number): boolean {
    for (let seq = from; seq < this.#stored.length; seq++) {
      const entry = this.#stored.at(seq);
      if (entry !== undefined && !entry.hidden && !saysNothing(entry) && entry.role !== "system")
        return false;
    }
    return true;
  }

  #passEntry(entry: StoredPlace, isAbsent: boolean): void {
    if (isAbsent) this.#absent.add(this.seq);
    for (const part of entry.parts) this.#calls.take(part);
    this.seq++;
  }

  #align(entry: StoredPlace, relation: Slot["relation"]): void {
    this.#unsure = undefined;
    this.#take(entry, relation);
  }

  #take(entry: StoredPlace, relation: Slot["relation"]): void {
    this.#slots.push({ seq: this.seq, before: this.seq, relation });
    if (!saysNothing(entry) && entry.role !== "system") this.shared++;
    for (const part of entry.parts) this.#calls.take(part);
    this.at++;
    this.seq++;
  }

  async #relate(message: SentMessage, entry: StoredPlace): Promise<boolean> {
    const relation = await this.#findRelation(message, entry);
    if (relation === undefined) return false;
    if (relation === "shorter")
      this.#unsure ??= { slots: this.#slots.length, at: this.at, seq: this.seq, shared: this.shared };
    else this.#unsure = undefined;
    this.#take(entry, relation === "equal" ? "equal" : "reduced");
    return true;
  }

  async #findRelation(message: SentMessage, entry: StoredPlace): Promise<MessageRelation | undefined> {
    const known = relations.get(message.meaning);
    if (known?.entry === entry) return known.relation;
    const meaning = await this.#histories.load(this.seq, new CallNumbers(this.#calls));
    if (meaning === undefined) return undefined;
    const relation = relateMeanings(message.meaning, meaning);
    relations.set(message.meaning, { entry, relation });
    return relation;
  }

  /** Ends at two different messages. Results that were only shorter, with nothing equal after them, are other results. */
  #stop(): void {
    this.#mismatch = true;
    if (this.#unsure === undefined) return;
    const { slots, at, seq, shared } = this.#unsure;
    this.at = at;
    this.seq = seq;
    this.shared = shared;
    this.#slots.length = slots;
  }

  /** Hidden entries at the end belong to the history; reasoning and system messages there are no longer sent. */
  #passTrailing(): void {
    if (!this.#isRestSilent(this.seq)) return;
    for (let entry = this.#stored.at(this.seq); entry !== undefined; entry = this.#stored.at(this.seq))
      this.#passEntry(entry, !entry.hidden);
  }

  finish(relation?: "fork" | "foreign" | "continued"): Alignment {
    const isReduced = this.#slots.some((slot) => slot.relation === "reduced");
    return {
      relation: relation ?? (isReduced ? "reduced" : "equal"),
      slots: this.#slots,
      at: relation === "foreign" || relation === "continued" ? 0 : this.seq,
      end: this.seq,
      absent: new Set([...this.#absent].filter((seq) => seq < this.seq)),
      tail: undefined,
    };
  }

  /**
   * Looks for the place where a history goes on after a gap, equal or reduced up to the end of one of both: the one with the longest
   * stretch. The message there may be smaller than the stored one, so the next one shows the place too.
   */
  async findCut(): Promise<Alignment | undefined> {
    const [next, second] = this.#sent.slice(this.at, this.at + 2);
    const calls = new CallNumbers(this.#calls);
    let best: { readonly tail: Walk; readonly from: number } | undefined;
    let trials = 0;
    for (let seq = this.seq; seq < this.#stored.length && trials < maxTrials; seq++) {
      const entry = this.#stored.at(seq);
      const follower = second === undefined ? undefined : this.#stored.at(seq + 1);
      const isPlace = entry?.key === next?.key || (second !== undefined && follower?.key === second.key);
      if (seq > this.seq && isPlace) {
        trials++;
        const tail = new Walk(this.#histories, { at: this.at, seq, calls: new CallNumbers(calls) });
        await tail.run();
        const reachesEnd = tail.seq === this.#stored.length || tail.shared >= minInnerStretch;
        const isLong = tail.isDone && tail.shared >= minStretch && reachesEnd;
        if (isLong && tail.shared > (best?.tail.shared ?? 0)) best = { tail, from: seq };
      }
      for (const part of entry?.parts ?? []) calls.take(part);
    }
    return best === undefined || this.#isHeldLater(best.tail)
      ? undefined
      : this.#joinCut(best.tail, best.from);
  }

  /** Returns true if two new messages after a cut follow each other in the part that was cut: then it was found in the wrong place. */
  #isHeldLater(tail: Walk): boolean {
    const fresh = this.#sent.slice(tail.at).map(({ key }) => key);
    const pairs = new Set(fresh.slice(1).map((key, index) => `${fresh[index] ?? ""} ${key}`));
    for (let seq = this.seq + 1; pairs.size > 0 && seq < tail.seq; seq++)
      if (pairs.has(`${this.#stored.at(seq - 1)?.key ?? ""} ${this.#stored.at(seq)?.key ?? ""}`)) return true;
    return false;
  }

  #joinCut(tail: Walk, from: number): Alignment {
    const gap = Array.from({ length: from - this.seq }, (_, index) => this.seq + index);
    return {
      relation: "cut",
      slots: [...this.#slots, ...tail.slots],
      at: tail.seq,
      end: tail.seq,
      absent: new Set([...this.#absent, ...gap, ...tail.absent]),
      tail: undefined,
    };
  }
}
