import type { ConversationCost, Inspection, RepeatedResult } from "../../window/index.ts";
import { countThings } from "./count-things.ts";
import { drawBar, fitLines, formatInteger, formatPercent, formatTable } from "./format-table.ts";
import { formatUsd, nameSource } from "./format-usd.ts";
import type { TextLayout } from "./text-style.ts";
import { showOnOneLine } from "./visible-text.ts";

/** Describes an inspection: what fills the conversation, what that costs, its largest parts and its repetitions. */
export function describeInspection(
  found: Inspection,
  { name, cost }: { readonly name: string; readonly cost: ConversationCost | undefined },
  layout: TextLayout,
): string {
  const { ledger } = found;
  const counted = found.exact ? found.counter : `${found.counter}, an estimate`;
  const lines = [
    `${showOnOneLine(name)}: ${countThings(found.messages, "message", "messages")}, ${countThings(found.calls, "call", "calls")}, ${countThings(ledger.total, "token", "tokens")} (${found.format}, counted by ${counted})`,
    "",
    formatTable(
      ["kind", "tokens", ...(cost === undefined ? [] : ["dollars"]), "share", "items", ""],
      ledger.kinds.map((row) => [
        row.kind,
        formatInteger(row.size),
        ...(cost === undefined ? [] : [formatUsd(cost.kinds[row.kind])]),
        formatPercent(row.size, ledger.total),
        formatInteger(row.items),
        drawBar(row.size / ledger.total),
      ]),
      [0, cost === undefined ? 4 : 5],
      layout,
    ),
    ...describeCost(cost, ledger.total),
    "",
    formatTable(
      ["largest items", "kind", "tokens", "begins"],
      found.largest.map((item) => [
        `${item.handle}${item.toolName === undefined ? "" : ` ${item.toolName}`}`,
        item.kind,
        formatInteger(item.tokens),
        item.beginning,
      ]),
      [0, 1, 3],
      layout,
    ),
    "",
    describeRepeats("exact duplicates", found.duplicates),
    describeRepeats(
      "superseded results (the same tool was called again with the same arguments)",
      found.superseded,
    ),
  ];
  return fitLines(lines.join("\n"), layout);
}

function describeCost(cost: ConversationCost | undefined, tokens: number): readonly string[] {
  if (cost === undefined) return [];
  const cached = cost.cachedUsd === undefined ? "" : `, ${formatUsd(cost.cachedUsd)} read from the cache`;
  const higher =
    cost.higherOverTokens === undefined || tokens <= cost.higherOverTokens
      ? ""
      : `; a call over ${formatInteger(cost.higherOverTokens)} tokens costs more than stated`;
  return [
    "",
    `one call with all of it: ${formatUsd(cost.freshUsd)} as fresh input${cached} (${cost.model}: $${cost.inputUsdPerMillion} per million tokens; ${nameSource(cost)}${higher})`,
  ];
}

function describeRepeats(what: string, results: readonly RepeatedResult[]): string {
  if (results.length === 0) return `${what}: none`;
  const freed = results.reduce((sum, result) => sum + result.freedTokens, 0);
  const shown = results.slice(0, 8).map((result) => result.handle);
  return `${what}: ${results.length}, ${formatInteger(freed)} tokens could be freed (${shown.join(", ")}${results.length > shown.length ? ", …" : ""})`;
}
