import type { Replay } from "../../window/index.ts";
import { percent, whole } from "../text/table.ts";

/** A number of things, in words: "1 call", "2,000 calls". */
export function counted(number: number, one: string, many: string): string {
  return `${whole(number)} ${number === 1 ? one : many}`;
}

function underTheLine(replay: Replay): string {
  const { overBudgetCalls, tooSmallCalls } = replay;
  const calls = counted(replay.calls.length, "call", "calls");
  const line = `${whole(replay.budgetTokens)} tokens`;
  if (overBudgetCalls === 0 && tooSmallCalls === 0) return `${calls} stayed under ${line}`;
  const reasons = [
    overBudgetCalls > 0 ? `${whole(overBudgetCalls)} went over it` : "",
    tooSmallCalls > 0 ? `in ${whole(tooSmallCalls)} what must stay is more than that alone` : "",
  ].filter((reason) => reason !== "");
  const under = replay.calls.length - overBudgetCalls - tooSmallCalls;
  return `${whole(under)} of ${calls} stayed under ${line} (${reasons.join("; ")})`;
}

/** The result of a replay in one sentence or two, as plain text: the line, the cost, what was lost or rewritten. */
export function headline(replay: Replay): string {
  if (replay.calls.length === 0) return "There was no call in this conversation: nothing to show.";
  const { loadline, unmanaged } = replay.totals;
  const cost =
    unmanaged.cost === 0
      ? ""
      : ` Input cost ${percent(loadline.cost, unmanaged.cost)} of what sending everything costs.`;
  const lost =
    replay.lostEntries === 0
      ? "No entry was lost"
      : `${counted(replay.lostEntries, "entry was", "entries were")} lost`;
  const rewrites =
    replay.unplannedRewrites === 0
      ? "nothing was rewritten without a recorded edit"
      : `the prefix was rewritten ${counted(replay.unplannedRewrites, "time", "times")} without a recorded edit`;
  return `${underTheLine(replay)}.${cost} ${lost}, and ${rewrites}.`;
}
