import { findList } from "../../conversation/json/find-list.ts";
import { countSameStart } from "../../conversation/read/read-again.ts";
import type { ReadRequest } from "../../conversation/read/read-again.ts";
import type { HistoryMessage } from "./history-message.ts";

/** A request with what identifies its messages. */
export interface KnownRequest {
  readonly request: ReadRequest;
  readonly history: readonly HistoryMessage[];
}

/** Characters of the requests that are kept in memory; with what was read of them, each takes about three times its own. */
const maxKeptCharacters = 48_000_000;
/** Requests kept: each new one is compared with all of them, until the first message that differs. */
const maxKeptRequests = 128;

/** The requests that were read last: a client sends its whole history each time, and only what is new is read. */
export class RecentRequests {
  #kept: readonly KnownRequest[] = [];

  /** Returns the request that shares the most messages with a text, the newest of several; undefined if none shares any. */
  find(text: string): KnownRequest | undefined {
    const list = findList(text);
    if (list === undefined) return undefined;
    let best: KnownRequest | undefined;
    let most = -1;
    for (const known of this.#kept.toReversed()) {
      const { key, conversation } = known.request;
      if (key !== list.key || conversation.messages.length <= most) continue;
      const same = countSameStart(text, list.start, known.request);
      // One that differs from its first message on may still hold the others: a client that leaves out the oldest.
      const shared = same === 0 && !holdsFirst(text, list.start, known.request) ? -1 : same;
      if (shared > most) [best, most] = [known, shared];
    }
    return best;
  }

  /** Keeps a request in place of the one that it continues; those used longest ago are dropped first. */
  keep(known: KnownRequest, continued: KnownRequest | undefined): void {
    const kept = [...this.#kept.filter((one) => one !== continued), known];
    let characters = 0;
    let from = kept.length;
    while (from > 0 && kept.length - from < maxKeptRequests) {
      characters += kept[from - 1]?.request.text.length ?? 0;
      if (characters > maxKeptCharacters) break;
      from--;
    }
    this.#kept = kept.slice(from);
  }
}

/** Messages of a kept request among which the first one of a new request is looked for. */
const maxSearched = 64;

function holdsFirst(text: string, listStart: number, { conversation }: ReadRequest): boolean {
  const at = listStart + 1;
  return conversation.messages
    .slice(0, maxSearched)
    .some(({ json }) => text.slice(at, at + json.length) === json);
}
