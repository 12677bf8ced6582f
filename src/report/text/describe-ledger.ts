import { bindingTotals } from "../../model/index.ts";
import type { ByteLedger, ByteItem } from "../../model/index.ts";
import { describeBytes } from "./bytes.ts";
import { bar, percent, table, whole } from "./table.ts";

/** Bytes of a line or total; what is not known is said. */
export function saidBytes(bytes: number | undefined, atLeast = false): string {
  if (bytes === undefined) return "unknown";
  return `${atLeast ? "at least " : ""}${describeBytes(bytes)}`;
}

/** Words for how sure a figure is. */
const sure: Readonly<Record<ByteItem["confidence"], string>> = {
  exact: "exact",
  derived: "derived",
  calibrated: "calibrated",
  unknown: "unknown",
};

function rowOf(line: ByteItem, largest: number, phases: boolean): readonly string[] {
  const mapped = line.mapped === true ? " (mapped, not counted)" : "";
  return [
    `${line.kind}: ${line.label}${mapped}`,
    line.device,
    ...(phases ? [line.phase] : []),
    saidBytes(line.bytes),
    sure[line.confidence],
    bar((line.bytes ?? 0) / Math.max(1, largest), 20).trimEnd(),
  ];
}

function phasesOf(ledger: ByteLedger): boolean {
  return ledger.items.some((line) => line.phase !== "load");
}

const phaseNames: readonly string[] = ["load", "forward", "backward", "step"];

/** What is there all the time first, then in the order of a step. */
function phaseOrder(line: ByteItem): number {
  return phaseNames.indexOf(line.phase);
}

/** The lines of a ledger with bars, the largest first within each device and phase. */
function describeLines(ledger: ByteLedger): string {
  const phases = phasesOf(ledger);
  const largest = ledger.items.reduce((most, line) => Math.max(most, line.bytes ?? 0), 0);
  const devices = [...new Set(ledger.items.map((line) => line.device))];
  const rows = devices.flatMap((device) =>
    ledger.items
      .filter((line) => line.device === device)
      .toSorted((a, b) => phaseOrder(a) - phaseOrder(b) || (b.bytes ?? 0) - (a.bytes ?? 0))
      .map((line) => rowOf(line, largest, phases)),
  );
  const head = ["what it holds", "where", ...(phases ? ["when"] : []), "bytes", "how sure", ""];
  return table(head, rows, phases ? [0, 1, 2, 4, 5] : [0, 1, 3, 4]);
}

/** One line for each device: what it needs, and in which phase. */
function describeTotals(ledger: ByteLedger): readonly string[] {
  const phases = phasesOf(ledger);
  const binding = bindingTotals(ledger.totals).map(
    (total) =>
      `${total.device}: ${saidBytes(total.bytes, total.atLeast)} (${whole(total.bytes)} bytes)${phases && total.phase !== "load" ? `, most in the phase "${total.phase}"` : ""}`,
  );
  const inPhases = [...new Set(ledger.totals.map(({ device }) => device))].flatMap((device) => {
    const totals = ledger.totals.filter((total) => total.device === device);
    if (totals.length < 2) return [];
    const said = totals.map(({ phase, bytes, atLeast }) => `${phase} ${saidBytes(bytes, atLeast)}`);
    return [`${device} by phase: ${said.join(", ")}`];
  });
  if (binding.length < 2) return [...binding, ...inPhases];
  return [...binding, ...inPhases, `together: ${saidBytes(ledger.totalBytes, ledger.atLeast)}`];
}

function describeNotes(ledger: ByteLedger): readonly string[] {
  const noted = ledger.items.filter((line) => line.note !== undefined);
  if (noted.length === 0) return [];
  const said = [...new Set(noted.map((line) => `  ${line.kind}, ${line.label}: ${line.note}`))];
  return ["", "to know", ...said];
}

/** Each line's formula with its inputs: what a figure was made of. */
export function describeFormulas(ledger: ByteLedger): string {
  return ledger.items
    .map((line) => {
      const inputs = Object.entries(line.inputs)
        .map(([name, value]) => `${name} ${typeof value === "number" ? whole(value) : value}`)
        .join(", ");
      return [
        `${line.kind}: ${line.label} (${line.device}, ${line.phase}): ${line.bytes === undefined ? "unknown" : `${whole(line.bytes)} bytes`}, ${line.confidence}, ${line.engine}`,
        `    ${line.formula}`,
        ...(inputs === "" ? [] : [`    ${inputs}`]),
      ].join("\n");
    })
    .join("\n");
}

/** A ledger as text: lines with bars, totals by device, kinds, and what a reader should know. */
export function describeByteLedger(ledger: ByteLedger): string {
  const kinds = ledger.byKind.kinds
    .map((row) => `${row.kind} ${percent(row.size, ledger.byKind.total)}`)
    .join(", ");
  return [
    describeLines(ledger),
    "",
    ...describeTotals(ledger),
    `by kind: ${kinds}`,
    ...describeNotes(ledger),
  ].join("\n");
}

/** A ledger as JSON: its lines are `items`. */
export function ledgerJson(ledger: ByteLedger): Readonly<Record<string, unknown>> {
  return {
    engine: ledger.engine,
    items: ledger.items.map((line) => ({ ...line, bytes: line.bytes ?? null })),
    totals: ledger.totals,
    totalBytes: ledger.totalBytes,
    atLeast: ledger.atLeast,
    byKind: ledger.byKind.kinds,
  };
}
