import type { Message } from "../../conversation/message/message.ts";
import type { Entry } from "../../store/store.ts";
import { countMessage } from "../../tokens/count-message.ts";
import type { MemoryContext } from "../state/context.ts";
import type { ThreadState } from "../state/thread-state.ts";
import { makeEntry } from "./make-entry.ts";
import { countCommonRun, matchHistory } from "./match-history.ts";
import type { HistoryMatch } from "./match-history.ts";

/** What an append will write. */
export interface AppendPlan {
  readonly match: HistoryMatch;
  /** New entries: for the thread itself or, when `match.at` is before its end, for a fork. */
  readonly entries: readonly Entry[];
  readonly messages: readonly Message[];
}

/**
 * Determines which messages are new, counts tokens and chains hashes. Writes nothing. `after` is the seq that the messages follow;
 * without it they are matched as a full history or a continuation. Calls without results and results without calls are stored as they
 * are: the window repairs them.
 */
export function planAppend(
  context: MemoryContext,
  state: ThreadState,
  messages: readonly Message[],
  after: number | undefined,
): AppendPlan {
  const jsons = messages.map((message) => message.json);
  const match =
    after === undefined ? matchHistory(state.entries, jsons) : matchAfter(state, after + 1, jsons);
  const fresh = messages.slice(match.known);
  if (fresh.length === 0) return { match, entries: [], messages: [] };
  let parentHash = match.at === 0 ? "" : (state.entries.at(match.at - 1)?.hash ?? "");
  const now = context.clock();
  const entries = fresh.map((message, index) => {
    const tokens = countMessage(message, context.counter);
    const entry = makeEntry(message, { seq: match.at + index, parentHash, now }, tokens, context.counter.id);
    parentHash = entry.hash;
    return entry;
  });
  return { match, entries, messages: fresh };
}

/** Matches messages that follow a given place: those that are already there are known. */
function matchAfter(state: ThreadState, from: number, jsons: readonly string[]): HistoryMatch {
  const known = countCommonRun(state.entries, from, jsons);
  return { known, at: from + known };
}
