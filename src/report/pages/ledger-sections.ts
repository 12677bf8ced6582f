import { bindingTotals } from "../../model/index.ts";
import type { ByteKind, ByteLedger, ByteItem } from "../../model/index.ts";
import { formatBytes } from "../text/format-bytes.ts";
import { formatInteger } from "../text/format-table.ts";
import { drawBarLegend, drawStackedBars } from "../charts/stacked-bars.ts";
import type { BarPart, StackedBar } from "../charts/stacked-bars.ts";
import { escapeHtml } from "../charts/escape-html.ts";

/** Colour of each kind: first what stays as long as the model, then what comes and goes. */
const kindColours: Readonly<Record<ByteKind, number>> = {
  weights: 0,
  "kv-cache": 3,
  "recurrent-state": 11,
  compute: 5,
  activations: 2,
  logits: 10,
  output: 10,
  gradients: 4,
  optimizer: 6,
  communication: 7,
  graphs: 8,
  draft: 9,
  projector: 9,
  adapter: 9,
  "prompt-cache": 13,
  runtime: 12,
  allocator: 1,
};

/** Sums the bytes that a device holds in a phase, by kind. */
export function sumParts(ledger: ByteLedger, device: string, phase: string): readonly BarPart[] {
  const sums = new Map<ByteKind, number>();
  for (const item of ledger.items) {
    if (item.device !== device || item.mapped === true || item.bytes === undefined) continue;
    if (item.phase === "load" || item.phase === phase)
      sums.set(item.kind, (sums.get(item.kind) ?? 0) + item.bytes);
  }
  return [...sums]
    .map(([kind, size]) => ({ name: kind, colour: kindColours[kind], size, label: formatBytes(size) }))
    .toSorted((a, b) => a.colour - b.colour);
}

function drawLegend(parts: readonly BarPart[]): string {
  const kinds = new Map<string, { readonly part: BarPart; readonly several: boolean }>();
  for (const part of parts) {
    const before = kinds.get(part.name);
    const several = before !== undefined && (before.several || before.part.size !== part.size);
    kinds.set(part.name, {
      part: before !== undefined && before.part.size > part.size ? before.part : part,
      several,
    });
  }
  return drawBarLegend(
    [...kinds.values()].map(({ part, several }) => ({
      ...part,
      label: `${several ? "up to " : ""}${part.label}`,
    })),
  );
}

/** Draws a bar for each device and phase; marks the peak phase. */
export function drawLedgerBars(ledger: ByteLedger): string {
  const binding = bindingTotals(ledger.totals);
  const bars = ledger.totals.map((total): StackedBar => {
    const phases = ledger.totals.filter(({ device }) => device === total.device).length > 1;
    const binds = binding.some(({ device, phase }) => device === total.device && phase === total.phase);
    return {
      name: phases ? `${total.device}, ${total.phase}${binds ? " (peak)" : ""}` : total.device,
      value: `${total.atLeast ? "at least " : ""}${formatBytes(total.bytes)}`,
      parts: sumParts(ledger, total.device, total.phase),
      marked: phases && binds,
    };
  });
  return `${drawStackedBars(bars)}${drawLegend(bars.flatMap(({ parts }) => parts))}`;
}

/** Draws before and after on one scale, each device in its peak phase, with the budget as a dashed item. */
export function drawComparison(
  ledgers: readonly (readonly [string, ByteLedger])[],
  budgetOf: (device: string) => number | undefined,
): string {
  const bars = ledgers.flatMap(([when, ledger]) =>
    bindingTotals(ledger.totals).map((total): StackedBar => {
      const limit = budgetOf(total.device);
      return {
        name: `${when}: ${total.device}`,
        value: `${total.atLeast ? "at least " : ""}${formatBytes(total.bytes)}${limit === undefined ? "" : ` of ${formatBytes(limit)}`}`,
        parts: sumParts(ledger, total.device, total.phase),
        limit,
        marked: limit !== undefined && total.bytes > limit,
      };
    }),
  );
  return `${drawStackedBars(bars)}${drawLegend(bars.flatMap(({ parts }) => parts))}`;
}

function renderItemRow(item: ByteItem, phases: boolean): string {
  const inputs = Object.entries(item.inputs)
    .map(([name, value]) => `${name} ${typeof value === "number" ? formatInteger(value) : value}`)
    .join(", ");
  const bytes = item.bytes === undefined ? "unknown" : formatBytes(item.bytes);
  const exact = item.bytes === undefined ? "" : `${formatInteger(item.bytes)} bytes; `;
  const mapped = item.mapped === true ? " (mapped pages of the file, not in the total)" : "";
  const note = item.note === undefined ? "" : `<br>${escapeHtml(item.note)}`;
  return `<tr><td class="wrap"><span class="key c${kindColours[item.kind]}"></span><b>${escapeHtml(item.kind)}</b> ${escapeHtml(item.label)}${mapped}
<details><summary class="soft">formula</summary><p class="small">${escapeHtml(exact)}${escapeHtml(item.formula)}${inputs === "" ? "" : `<br><span class="soft">${escapeHtml(inputs)}</span>`}${note}<br><span class="soft">${escapeHtml(item.engine)}</span></p></details></td>
<td class="wrap"><i>device </i>${escapeHtml(item.device)}</td>${phases ? `<td class="wrap"><i>phase </i>${escapeHtml(item.phase)}</td>` : ""}<td class="n"><i>size </i>${bytes}</td><td class="wrap"><i>confidence </i>${item.confidence}</td></tr>`;
}

/** Renders every item, the largest first, with its formula and inputs behind a summary. */
export function renderLedgerTable(ledger: ByteLedger): string {
  const phases = ledger.items.some(({ phase }) => phase !== "load");
  const order = ["load", "forward", "backward", "step"];
  const rows = ledger.items
    .toSorted(
      (a, b) =>
        order.indexOf(a.phase) - order.indexOf(b.phase) || (b.bytes ?? Infinity) - (a.bytes ?? Infinity),
    )
    .map((item) => renderItemRow(item, phases));
  const head = ["item", "device", ...(phases ? ["phase"] : [])].map((name) => `<th>${name}</th>`).join("");
  return `<table class="lines"><thead><tr>${head}<th class="n">size</th><th>confidence</th></tr></thead><tbody>${rows.join("\n")}</tbody></table>
<p class="small soft">exact: what the engine allocates, to the byte; derived: follows from the engine's rules; calibrated: uses a fitted number; unknown: no figure, so totals are lower bounds ("at least").</p>`;
}
