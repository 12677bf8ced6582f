import { sumSentTokens } from "./sent-message.ts";
import type { ReplayMessage, SentMessage } from "./sent-message.ts";

/** Newest tool results that `clearOldResults` leaves unchanged. */
const keptResults = 3;

/** Sends everything, unchanged. */
export function sendEverything(history: readonly ReplayMessage[]): readonly SentMessage[] {
  return history;
}

/**
 * Trims: sends the system messages and as many of the newest messages as fit, on every call. Never separates a tool call from its
 * results.
 */
export function trimToNewest(
  history: readonly ReplayMessage[],
  budgetTokens: number,
  frameTokens: number,
): readonly SentMessage[] {
  const system = history.filter((message) => message.role === "system");
  const rest = history.filter((message) => message.role !== "system");
  let room = budgetTokens - frameTokens - sumSentTokens(system);
  let start = rest.length;
  while (start > 0) {
    const tokens = rest[start - 1]?.tokens ?? 0;
    if (tokens > room) break;
    room -= tokens;
    start--;
  }
  // Providers refuse a result without its call, so it goes too. The newest message is always sent.
  while (start < rest.length && rest[start]?.isResult === true) start++;
  const kept = start < rest.length ? rest.slice(start) : takeNewestExchange(rest);
  return [...system, ...kept];
}

/** Returns the newest message, with its call if it is a result: the minimum for a call. */
function takeNewestExchange(rest: readonly ReplayMessage[]): readonly ReplayMessage[] {
  let start = rest.length - 1;
  while (start > 0 && rest[start]?.isResult === true) start--;
  return rest.slice(Math.max(0, start));
}

/** Over the budget, clears every tool result but the last three, on every call. */
export function clearOldResults(
  history: readonly ReplayMessage[],
  budgetTokens: number,
  frameTokens: number,
): readonly SentMessage[] {
  if (frameTokens + sumSentTokens(history) <= budgetTokens) return history;
  const results = history.flatMap((message, index) => (message.isResult ? [index] : []));
  const keepFrom = results.at(-keptResults) ?? 0;
  return history.map((message, index) => (message.isResult && index < keepFrom ? message.cleared : message));
}
