import type { Replay } from "../../window/index.ts";
import { countThings } from "../text/count-things.ts";
import { formatPercent, formatInteger } from "../text/format-table.ts";

function describeCalls(replay: Replay): string {
  const { overBudgetCalls, tooSmallCalls } = replay;
  const calls = countThings(replay.calls.length, "call", "calls");
  const line = `${formatInteger(replay.budgetTokens)} tokens`;
  if (overBudgetCalls === 0 && tooSmallCalls === 0) return `${calls} stayed under ${line}`;
  const reasons = [
    overBudgetCalls > 0 ? `${formatInteger(overBudgetCalls)} exceeded it` : "",
    tooSmallCalls > 0 ? `in ${formatInteger(tooSmallCalls)} the parts that always stay exceed it alone` : "",
  ].filter((reason) => reason !== "");
  const under = replay.calls.length - overBudgetCalls - tooSmallCalls;
  return `${formatInteger(under)} of ${calls} stayed under ${line} (${reasons.join("; ")})`;
}

/** Writes the result of a replay in plain text: the budget, the cost, what was lost or rewritten. */
export function writeHeadline(replay: Replay): string {
  if (replay.calls.length === 0) return "This conversation has no call, so there is nothing to show.";
  const { loadline, unmanaged } = replay.totals;
  const cost =
    unmanaged.cost === 0
      ? ""
      : ` Input costs ${formatPercent(loadline.cost, unmanaged.cost)} of what sending everything would cost.`;
  const lost =
    replay.lostEntries === 0
      ? "No entry was lost"
      : `${countThings(replay.lostEntries, "entry was", "entries were")} lost`;
  const rewrites =
    replay.unplannedRewrites === 0
      ? "nothing was rewritten without a recorded edit"
      : `the prefix was rewritten ${countThings(replay.unplannedRewrites, "time", "times")} without a recorded edit`;
  return `${describeCalls(replay)}.${cost} ${lost}, and ${rewrites}.`;
}
