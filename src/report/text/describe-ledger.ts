import { bindingTotals } from "../../model/index.ts";
import type { ByteLedger, ByteItem } from "../../model/index.ts";
import { formatBytes } from "./format-bytes.ts";
import { drawBar, formatParagraph, formatPercent, formatTable, formatInteger } from "./format-table.ts";
import type { TextLayout } from "./text-style.ts";
import { showOnOneLine } from "./visible-text.ts";

/** Describes the bytes of an item or total: `unknown` if they are not known, `at least` if a part is not. */
export function describeSize(bytes: number | undefined, atLeast = false): string {
  if (bytes === undefined) return "unknown";
  return `${atLeast ? "at least " : ""}${formatBytes(bytes)}`;
}

function makeRow(item: ByteItem, largest: number, phases: boolean): readonly string[] {
  const mapped = item.mapped === true ? " (mapped, not counted)" : "";
  return [
    `${item.kind}: ${item.label}${mapped}`,
    item.device,
    ...(phases ? [item.phase] : []),
    describeSize(item.bytes),
    item.confidence,
    drawBar((item.bytes ?? 0) / Math.max(1, largest), 20).trimEnd(),
  ];
}

function hasPhases(ledger: ByteLedger): boolean {
  return ledger.items.some((item) => item.phase !== "load");
}

const phaseNames: readonly string[] = ["load", "forward", "backward", "step"];

/** Sorts what is held all the time first, then by the order of a step. */
function phaseOrder(item: ByteItem): number {
  return phaseNames.indexOf(item.phase);
}

/** Describes the items of a ledger with bars, the largest first within each device and phase. */
function describeItems(ledger: ByteLedger, layout: TextLayout): string {
  const phases = hasPhases(ledger);
  const largest = ledger.items.reduce((most, item) => Math.max(most, item.bytes ?? 0), 0);
  const devices = [...new Set(ledger.items.map((item) => item.device))];
  const rows = devices.flatMap((device) =>
    ledger.items
      .filter((item) => item.device === device)
      .toSorted((a, b) => phaseOrder(a) - phaseOrder(b) || (b.bytes ?? 0) - (a.bytes ?? 0))
      .map((item) => makeRow(item, largest, phases)),
  );
  const head = ["item", "device", ...(phases ? ["phase"] : []), "size", "confidence", ""];
  return formatTable(head, rows, phases ? [0, 1, 2, 4, 5] : [0, 1, 3, 4], layout);
}

/** Describes what each device needs, and in which phase. */
function describeTotals(ledger: ByteLedger): readonly string[] {
  const phases = hasPhases(ledger);
  const binding = bindingTotals(ledger.totals).map(
    (total) =>
      `${total.device}: ${describeSize(total.bytes, total.atLeast)} (${formatInteger(total.bytes)} bytes)${phases && total.phase !== "load" ? `, peak in the ${total.phase} phase` : ""}`,
  );
  const inPhases = [...new Set(ledger.totals.map(({ device }) => device))].flatMap((device) => {
    const totals = ledger.totals.filter((total) => total.device === device);
    if (totals.length < 2) return [];
    const parts = totals.map(({ phase, bytes, atLeast }) => `${phase} ${describeSize(bytes, atLeast)}`);
    return [`${device} by phase: ${parts.join(", ")}`];
  });
  if (binding.length < 2) return [...binding, ...inPhases];
  return [...binding, ...inPhases, `total: ${describeSize(ledger.totalBytes, ledger.atLeast)}`];
}

function describeNotes(ledger: ByteLedger, layout: TextLayout): readonly string[] {
  const noted = ledger.items.filter((item) => item.note !== undefined);
  if (noted.length === 0) return [];
  const parts = [
    ...new Set(
      noted.map((item) =>
        formatParagraph(`  ${showOnOneLine(`${item.kind}, ${item.label}: ${item.note}`)}`, layout, "    "),
      ),
    ),
  ];
  return ["", layout.style.heading("notes"), ...parts];
}

/** Describes the formula and inputs of each item. */
export function describeFormulas(ledger: ByteLedger): string {
  return ledger.items
    .map((item) => {
      const inputs = Object.entries(item.inputs)
        .map(([name, value]) => `${name} ${typeof value === "number" ? formatInteger(value) : value}`)
        .join(", ");
      return [
        `${item.kind}: ${showOnOneLine(item.label)} (${item.device}, ${item.phase}): ${item.bytes === undefined ? "unknown" : `${formatInteger(item.bytes)} bytes`}, ${item.confidence}, ${item.engine}`,
        `    ${item.formula}`,
        ...(inputs === "" ? [] : [`    ${inputs}`]),
      ].join("\n");
    })
    .join("\n");
}

/** Describes a ledger: items with bars, totals by device, kinds and notes. */
export function describeByteLedger(ledger: ByteLedger, layout: TextLayout): string {
  const kinds = ledger.byKind.kinds
    .map((row) => `${row.kind} ${formatPercent(row.size, ledger.byKind.total)}`)
    .join(", ");
  return [
    describeItems(ledger, layout),
    "",
    ...describeTotals(ledger),
    `by kind: ${kinds}`,
    ...describeNotes(ledger, layout),
  ].join("\n");
}

/** Returns a ledger as JSON. */
export function ledgerJson(ledger: ByteLedger): Readonly<Record<string, unknown>> {
  return {
    engine: ledger.engine,
    items: ledger.items.map((item) => ({ ...item, bytes: item.bytes ?? null })),
    totals: ledger.totals,
    totalBytes: ledger.totalBytes,
    atLeast: ledger.atLeast,
    byKind: ledger.byKind.kinds,
  };
}
