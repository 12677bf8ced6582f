import { bindingTotals } from "../../model/index.ts";
import type { ByteKind, ByteLedger, ByteItem } from "../../model/index.ts";
import { describeBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import { barLegend, stackedBars, type BarPart, type StackedBar } from "../charts/stacked-bars.ts";
import { escapeHtml } from "../charts/escape-html.ts";

/** Colours by kind: what stands for as long as the model does, then what comes and goes. */
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

/** Bytes by kind of what a device holds in a phase. */
export function partsOf(ledger: ByteLedger, device: string, phase: string): readonly BarPart[] {
  const sums = new Map<ByteKind, number>();
  for (const line of ledger.items) {
    if (line.device !== device || line.mapped === true || line.bytes === undefined) continue;
    if (line.phase === "load" || line.phase === phase)
      sums.set(line.kind, (sums.get(line.kind) ?? 0) + line.bytes);
  }
  return [...sums]
    .map(([kind, size]) => ({ name: kind, colour: kindColours[kind], size, said: describeBytes(size) }))
    .toSorted((a, b) => a.colour - b.colour);
}

function legendOf(parts: readonly BarPart[]): string {
  const kinds = new Map<string, { readonly part: BarPart; readonly several: boolean }>();
  for (const part of parts) {
    const before = kinds.get(part.name);
    const several = before !== undefined && (before.several || before.part.size !== part.size);
    kinds.set(part.name, {
      part: before !== undefined && before.part.size > part.size ? before.part : part,
      several,
    });
  }
  return barLegend(
    [...kinds.values()].map(({ part, several }) => ({
      ...part,
      said: `${several ? "up to " : ""}${part.said}`,
    })),
  );
}

/** A bar for each device and phase; the phase that binds is marked. */
export function ledgerBars(ledger: ByteLedger): string {
  const binding = bindingTotals(ledger.totals);
  const bars = ledger.totals.map((total): StackedBar => {
    const phases = ledger.totals.filter(({ device }) => device === total.device).length > 1;
    const binds = binding.some(({ device, phase }) => device === total.device && phase === total.phase);
    return {
      name: phases ? `${total.device}, ${total.phase}${binds ? " (binds)" : ""}` : total.device,
      value: `${total.atLeast ? "at least " : ""}${describeBytes(total.bytes)}`,
      parts: partsOf(ledger, total.device, total.phase),
      marked: phases && binds,
    };
  });
  return `${stackedBars(bars)}${legendOf(bars.flatMap(({ parts }) => parts))}`;
}

/** Before and after on one scale, each device in its fullest phase, with the budget's line. */
export function comparedBars(
  ledgers: readonly (readonly [string, ByteLedger])[],
  budgetOf: (device: string) => number | undefined,
): string {
  const bars = ledgers.flatMap(([when, ledger]) =>
    bindingTotals(ledger.totals).map((total): StackedBar => {
      const limit = budgetOf(total.device);
      return {
        name: `${when}: ${total.device}`,
        value: `${total.atLeast ? "at least " : ""}${describeBytes(total.bytes)}${limit === undefined ? "" : ` of ${describeBytes(limit)}`}`,
        parts: partsOf(ledger, total.device, total.phase),
        limit,
        marked: limit !== undefined && total.bytes > limit,
      };
    }),
  );
  return `${stackedBars(bars)}${legendOf(bars.flatMap(({ parts }) => parts))}`;
}

function lineRow(line: ByteItem, phases: boolean): string {
  const inputs = Object.entries(line.inputs)
    .map(([name, value]) => `${name} ${typeof value === "number" ? whole(value) : value}`)
    .join(", ");
  const bytes = line.bytes === undefined ? "unknown" : describeBytes(line.bytes);
  const exact = line.bytes === undefined ? "" : `${whole(line.bytes)} bytes; `;
  const mapped = line.mapped === true ? " (pages of the file, not added up)" : "";
  const note = line.note === undefined ? "" : `<br>${escapeHtml(line.note)}`;
  return `<tr><td class="wrap"><span class="key c${kindColours[line.kind]}"></span><b>${escapeHtml(line.kind)}</b> ${escapeHtml(line.label)}${mapped}
<details><summary class="soft">how</summary><p class="small">${escapeHtml(exact)}${escapeHtml(line.formula)}${inputs === "" ? "" : `<br><span class="soft">${escapeHtml(inputs)}</span>`}${note}<br><span class="soft">${escapeHtml(line.engine)}</span></p></details></td>
<td class="wrap"><i>where </i>${escapeHtml(line.device)}</td>${phases ? `<td class="wrap"><i>when </i>${escapeHtml(line.phase)}</td>` : ""}<td class="n"><i>bytes </i>${bytes}</td><td class="wrap"><i>how sure </i>${line.confidence}</td></tr>`;
}

/** Every line, the largest first, with its formula and inputs behind a summary. */
export function ledgerTable(ledger: ByteLedger): string {
  const phases = ledger.items.some(({ phase }) => phase !== "load");
  const order = ["load", "forward", "backward", "step"];
  const rows = ledger.items
    .toSorted(
      (a, b) =>
        order.indexOf(a.phase) - order.indexOf(b.phase) || (b.bytes ?? Infinity) - (a.bytes ?? Infinity),
    )
    .map((line) => lineRow(line, phases));
  const head = ["what it holds", "where", ...(phases ? ["when"] : [])]
    .map((name) => `<th>${name}</th>`)
    .join("");
  return `<table class="lines"><thead><tr>${head}<th class="n">bytes</th><th>how sure</th></tr></thead><tbody>${rows.join("\n")}</tbody></table>
<p class="small soft">exact: what the engine allocates, to the byte; derived: follows from the engine's rules; calibrated: with a fitted number; unknown: no figure, and the totals say "at least".</p>`;
}
