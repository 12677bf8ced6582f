import { sentTokens } from "./sent-message.ts";
import type { ReplayMessage, SentMessage } from "./sent-message.ts";

/** How many of the newest tool results `clearOldResults` leaves as they are. */
const keptResults = 3;

/** Everything, as it is. */
export function unmanaged(history: readonly ReplayMessage[]): readonly SentMessage[] {
  return history;
}

/**
 * What trimming does: the system messages and as many of the newest messages as fit, on every call anew. The cut never
 * falls between a tool call and its results.
 */
export function newestFirst(
  history: readonly ReplayMessage[],
  budgetTokens: number,
  frameTokens: number,
): readonly SentMessage[] {
  const system = history.filter((message) => message.role === "system");
  const rest = history.filter((message) => message.role !== "system");
  let room = budgetTokens - frameTokens - sentTokens(system);
  let start = rest.length;
  while (start > 0) {
    const tokens = rest[start - 1]?.tokens ?? 0;
    if (tokens > room) break;
    room -= tokens;
    start -= 1;
  }
  // A result without its call is refused by providers, so it goes too. The newest message is always sent.
  while (start < rest.length && rest[start]?.isResult === true) start += 1;
  const kept = start < rest.length ? rest.slice(start) : newestExchange(rest);
  return [...system, ...kept];
}

/** The newest message, with its call where it is a result: the least that a call can be made with. */
function newestExchange(rest: readonly ReplayMessage[]): readonly ReplayMessage[] {
  let start = rest.length - 1;
  while (start > 0 && rest[start]?.isResult === true) start -= 1;
  return rest.slice(Math.max(0, start));
}

/** Past the budget: every tool result but the last three is cleared, on every call anew. */
export function clearOldResults(
  history: readonly ReplayMessage[],
  budgetTokens: number,
  frameTokens: number,
): readonly SentMessage[] {
  if (frameTokens + sentTokens(history) <= budgetTokens) return history;
  const results = history.flatMap((message, index) => (message.isResult ? [index] : []));
  const keepFrom = results.at(-keptResults) ?? 0;
  return history.map((message, index) => (message.isResult && index < keepFrom ? message.cleared : message));
}
