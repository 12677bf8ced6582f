import { itemFormats } from "../conversation/message/message.ts";
import type { Format, Role } from "../conversation/message/message.ts";
import type { Entry } from "../store/store.ts";

/** A call that no result answers. */
export interface UnansweredCall {
  readonly callId: string;
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
  const work = new PairWork();
  for (const entry of entries) work.take(entry);
  return work;
}

class PairWork implements PairBreaks {
  readonly unanswered = new Map<number, UnansweredCall[]>();
  readonly leftOut = new Map<number, number[]>();
  /** Calls that may still be answered, by id. */
  #open = new Map<string, OpenCall>();
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
      if (callId === undefined) continue;
      if (kind === "other") this.#takeApproval(entry, callId);
      // What the provider runs is its own business, also across messages.
      if (contentKey === undefined) continue;
      if (kind === "tool-call") this.#takeCall(entry, index, { seq: entry.seq, callId, toolName });
      else if (kind === "tool-result" && !this.#open.delete(callId)) add(this.leftOut, entry.seq, index);
    }
  }

  /** Returns true for an entry whose calls were all made before. */
  #isRepeat(entry: Entry): boolean {
    const calls = entry.parts.filter(
      ({ kind, contentKey }) => kind === "tool-call" && contentKey !== undefined,
    );
    return usesIdOnce(entry) && calls.length > 0 && calls.every(({ callId }) => this.#used.has(callId ?? ""));
  }

  #takeCall(entry: Entry, index: number, call: OpenCall): void {
    if (usesIdOnce(entry) && this.#used.has(call.callId)) {
      add(this.leftOut, entry.seq, index);
      return;
    }
    const before = this.#open.get(call.callId);
    if (before !== undefined) add(this.unanswered, before.seq, before);
    this.#open.set(call.callId, call);
    this.#used.add(call.callId);
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
    this.#open = new Map();
  }
}

function add<Value>(map: Map<number, Value[]>, seq: number, value: Value): void {
  const list = map.get(seq);
  if (list === undefined) map.set(seq, [value]);
  else list.push(value);
}

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
    (part) => part.kind === "tool-result" && part.callId !== undefined && part.contentKey !== undefined,
  );
  if (entry.role === "tool" || hasResult) return false;
  if (itemFormats.has(entry.format))
    return entry.role === "user" || (entry.role === "assistant" && before === "tool");
  return entry.role !== "system" || entry.format !== "anthropic";
}
