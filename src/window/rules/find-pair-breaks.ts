import { itemFormats } from "../conversation/message/message.ts";
import type { Format, Part, Role } from "../conversation/message/message.ts";
import type { Entry } from "../store/store.ts";

/** A call that no result answers. Its id is undefined where a format links results by name and place. */
export interface UnansweredCall {
  readonly callId: string | undefined;
  readonly toolName: string | undefined;
}

/** Where calls and results of a history do not match, by the seq of the entry. */
export interface PairBreaks {
  readonly unanswered: ReadonlyMap<number, readonly UnansweredCall[]>;
  /** Indexes of the parts that are left out: results without a call, and calls with the id of an earlier one. */
  readonly leftOut: ReadonlyMap<number, readonly number[]>;
}

interface OpenCall extends UnansweredCall {
  readonly seq: number;
}

/**
 * Finds calls and results that do not match, for example after an aborted call or a cut start. A call at the end is open: its result may
 * still come. Linear.
 */
export function findPairBreaks(entries: readonly Entry[]): PairBreaks {
  return new PairScan().read(entries);
}

const noBreaks: PairBreaks = { unanswered: new Map(), leftOut: new Map() };

/** Finds the same, again and again, in a history that grows: takes what was added since. */
export class PairScan {
  #work = new PairWork();
  #taken: readonly Entry[] = [];

  /** Returns the breaks of a history. One in which nothing has its call has none: its calls are in the provider's store. */
  read(entries: readonly Entry[]): PairBreaks {
    const isLonger = this.#taken.every((entry, index) => isAlike(entry, entries[index]));
    if (!isLonger) this.#work = new PairWork();
    for (const entry of isLonger ? entries.slice(this.#taken.length) : entries) this.#work.take(entry);
    this.#taken = entries;
    const { unanswered, leftOut } = this.#work;
    if (entries.every(({ seq, parts }) => leftOut.get(seq)?.length === parts.length)) return noBreaks;
    return { unanswered: copyLists(unanswered), leftOut: copyLists(leftOut) };
  }
}

/** Returns true for entries with the same calls and results. */
function isAlike(a: Entry, b: Entry | undefined): boolean {
  if (a === b) return true;
  return (
    a.seq === b?.seq &&
    a.role === b.role &&
    a.format === b.format &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, index) => {
      const other = b.parts[index];
      const isRun = part.contentKey === undefined;
      return (
        part.kind === other?.kind &&
        part.callId === other.callId &&
        part.toolName === other.toolName &&
        isRun === (other.contentKey === undefined)
      );
    })
  );
}

/** Copies lists that a later message may make longer. There are few. */
function copyLists<Value>(
  lists: ReadonlyMap<number, readonly Value[]>,
): ReadonlyMap<number, readonly Value[]> {
  return new Map([...lists].map(([seq, list]) => [seq, [...list]]));
}

class PairWork {
  readonly unanswered = new Map<number, UnansweredCall[]>();
  readonly leftOut = new Map<number, number[]>();
  /** Calls that may still be answered, by id. */
  #open = new Map<string, OpenCall>();
  /** Calls without an id that may still be answered. */
  #unnamed: OpenCall[] = [];
  /** Role of the entry before. */
  #before: Role | undefined;
  /** Ids of calls so far. */
  readonly #used = new Set<string>();
  /** Seq of the entry that requests an approval, by the approval's id. */
  readonly #requests = new Map<string, number>();
  readonly #approved = new Set<OpenCall>();

  take(entry: Entry): void {
    if (this.#isRepeat(entry)) {
      this.leftOut.set(
        entry.seq,
        entry.parts.map((_, index) => index),
      );
      return;
    }
    if (endsAnswers(entry, this.#before)) this.#close();
    this.#before = entry.role;
    for (const [index, { kind, callId, toolName, contentKey }] of entry.parts.entries()) {
      if (callId === undefined) {
        if (linksByPlace.has(entry.format) && contentKey !== undefined)
          this.#takeUnnamed(entry, index, { kind, toolName });
        continue;
      }
      if (kind === "other") this.#takeApproval(entry, callId);
      // What the provider runs is its own business, also across messages.
      if (contentKey === undefined) continue;
      if (kind === "tool-call") this.#takeCall(entry, index, { seq: entry.seq, callId, toolName });
      else if (kind === "tool-result" && !this.#open.delete(callId) && !this.#answerUnnamed(entry, toolName))
        add(this.leftOut, entry.seq, index);
    }
  }

  /** Returns true for an entry whose calls were all made before. */
  #isRepeat(entry: Entry): boolean {
    const calls = entry.parts.filter(
      ({ kind, contentKey }) => kind === "tool-call" && contentKey !== undefined,
    );
    return usesIdOnce(entry) && calls.length > 0 && calls.every(({ callId }) => this.#used.has(callId ?? ""));
  }

  #takeCall(entry: Entry, index: number, call: OpenCall & { readonly callId: string }): void {
    if (usesIdOnce(entry) && this.#used.has(call.callId)) {
      add(this.leftOut, entry.seq, index);
      return;
    }
    const before = this.#open.get(call.callId);
    if (before !== undefined) add(this.unanswered, before.seq, before);
    this.#open.set(call.callId, call);
    this.#used.add(call.callId);
  }

  /** Takes a call or a result without an id: a result answers the first open call of its name. */
  #takeUnnamed(
    entry: Entry,
    index: number,
    { kind, toolName }: { readonly kind: Part["kind"]; readonly toolName: string | undefined },
  ): void {
    if (kind === "tool-call") this.#unnamed.push({ seq: entry.seq, callId: undefined, toolName });
    if (kind !== "tool-result" || this.#answerUnnamed(entry, toolName)) return;
    const answered = [...this.#open.values()].find(
      (call) => toolName === undefined || call.toolName === toolName,
    );
    if (answered?.callId === undefined) add(this.leftOut, entry.seq, index);
    else this.#open.delete(answered.callId);
  }

  /** Answers a call without an id; returns false if none is open. */
  #answerUnnamed(entry: Entry, toolName: string | undefined): boolean {
    if (!linksByPlace.has(entry.format)) return false;
    const answered = this.#unnamed.findIndex((call) => toolName === undefined || call.toolName === toolName);
    if (answered === -1) return false;
    this.#unnamed.splice(answered, 1);
    return true;
  }

  /** Takes an answer to an approval for the results of the calls that need it. */
  #takeApproval(entry: Entry, id: string): void {
    if (entry.role === "assistant") {
      this.#requests.set(id, entry.seq);
      return;
    }
    const seq = this.#requests.get(id);
    for (const call of this.#open.values()) if (call.seq === seq) this.#approved.add(call);
  }

  #close(): void {
    for (const call of this.#open.values())
      if (!this.#approved.has(call)) add(this.unanswered, call.seq, call);
    for (const call of this.#unnamed) add(this.unanswered, call.seq, call);
    this.#open = new Map();
    this.#unnamed = [];
  }
}

function add<Value>(map: Map<number, Value[]>, seq: number, value: Value): void {
  const list = map.get(seq);
  if (list === undefined) map.set(seq, [value]);
  else list.push(value);
}

/** Formats in which ids are optional: a result is linked to its call by its name and place. */
const linksByPlace: ReadonlySet<Format> = new Set<Format>(["gemini", "ollama"]);

/** Formats of providers that accept an id again in a later turn. */
const reusesIds: ReadonlySet<Format> = new Set<Format>([
  "openai-chat",
  "swe-agent",
  "ollama",
  "gemini",
  "langchain",
]);

/** Returns true for a format that refuses a second call with the id of an earlier one. In chat completions ids may return. */
function usesIdOnce({ format }: Entry): boolean {
  return !reusesIds.has(format);
}

/**
 * Returns true for an entry after which earlier calls get no results: a request, and an answer. Among items, an answer may be several
 * items, so only the first behind a result ends the calls before it.
 */
function endsAnswers(entry: Entry, before: Role | undefined): boolean {
  const hasResult = entry.parts.some(
    (part) =>
      part.kind === "tool-result" &&
      (part.callId !== undefined || linksByPlace.has(entry.format)) &&
      part.contentKey !== undefined,
  );
  if (entry.role === "tool" || hasResult) return false;
  if (itemFormats.has(entry.format))
    return entry.role === "user" || (entry.role === "assistant" && before === "tool");
  return entry.role !== "system" || entry.format !== "anthropic";
}
