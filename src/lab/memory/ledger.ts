import type { Ledger } from "../../shared/ledger.ts";
import { buildLedger } from "../../shared/ledger.ts";
import type { Graph, Phase, TensorKind } from "../graph/graph.ts";
import { controlBytes } from "../kernels/control.ts";
import type { ArenaPlan, PlacedBlock } from "./arena-plan.ts";

/** A tensor's place in the arena. */
export interface StepLedgerItem {
  readonly kind: TensorKind;
  readonly label: string;
  readonly bytes: number;
  /** First byte in the arena. */
  readonly offset: number;
  /** The phases in which its contents are still needed. */
  readonly phases: readonly Phase[];
}

/** What the arena holds at the fullest moment of a phase. */
export interface PhaseLedger {
  readonly phase: Phase;
  /** Label of the operation at that moment. */
  readonly at: string;
  readonly ledger: Ledger;
  /** Bytes of the arena that are not needed at that moment. */
  readonly freeBytes: number;
}

/** Every byte of a training step. */
export interface StepLedger {
  readonly items: readonly StepLedgerItem[];
  readonly phases: readonly PhaseLedger[];
  readonly totalBytes: number;
}

const phases: readonly Phase[] = ["forward", "backward", "update"];

interface Tenant {
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** Lists the tensors of a block in turn, each from its first operation to the one before the next tensor takes over. */
function tenantsOf(graph: Graph, block: PlacedBlock): readonly Tenant[] {
  const firstUse = (id: number): number => {
    if (id === block.tensor) return block.first;
    return graph.step.findIndex((operation) => operation.writes.includes(id));
  };
  const ordered = block.tensors.map((id) => ({ id, first: firstUse(id) })).sort((a, b) => a.first - b.first);
  return ordered.map(({ id, first }, index) => ({
    id,
    first,
    last: (ordered[index + 1]?.first ?? block.last + 1) - 1,
  }));
}

/** Returns a tensor's kind; an activation that the backward pass does not read is workspace. */
function kindOf(graph: Graph, id: number, lastRead: number): TensorKind {
  const kind = graph.tensors[id]?.kind ?? "workspace";
  const isKept = graph.step[lastRead]?.phase !== "forward";
  return kind === "activations" && !isKept ? "workspace" : kind;
}

function lastReads(graph: Graph): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  graph.step.forEach((operation, index) => {
    for (const id of operation.reads) if (id !== undefined) last.set(id, index);
  });
  return last;
}

/** Lists every byte of the arena by kind and by the phases that need it. */
export function buildStepLedger(graph: Graph, plan: ArenaPlan): StepLedger {
  const reads = lastReads(graph);
  const phaseAt = graph.step.map((operation) => operation.phase);
  const rows: { readonly item: StepLedgerItem; readonly tenant: Tenant }[] = [];
  for (const block of plan.blocks) {
    for (const tenant of tenantsOf(graph, block)) {
      const seen = new Set(phaseAt.slice(tenant.first, tenant.last + 1));
      const item = {
        kind: kindOf(graph, tenant.id, reads.get(tenant.id) ?? tenant.last),
        label: graph.tensors[tenant.id]?.label ?? "",
        bytes: block.bytes,
        offset: block.offset,
        phases: phases.filter((phase) => seen.has(phase)),
      };
      rows.push({ item, tenant });
    }
  }
  const program = {
    kind: "workspace",
    label: "program and control",
    bytes: controlBytes + plan.programBytes,
    offset: 0,
    phases,
  } as const;
  rows.push({ item: program, tenant: { id: -1, first: 0, last: graph.step.length } });
  return {
    items: rows.map((row) => row.item).sort((a, b) => a.offset - b.offset),
    phases: phases.flatMap((phase) => {
      const full = fullestMoment(graph, phase, rows);
      if (full === undefined) return [];
      const live = rows.filter(({ tenant }) => tenant.first <= full && full <= tenant.last);
      const ledger = buildLedger(
        "bytes",
        live.map(({ item }) => ({ kind: item.kind, size: item.bytes })),
      );
      return [{ phase, at: graph.step[full]?.label ?? "", ledger, freeBytes: plan.peakBytes - ledger.total }];
    }),
    totalBytes: plan.peakBytes,
  };
}

function fullestMoment(
  graph: Graph,
  phase: Phase,
  rows: readonly { readonly item: StepLedgerItem; readonly tenant: Tenant }[],
): number | undefined {
  let best: number | undefined;
  let maxLoad = -1;
  graph.step.forEach((operation, index) => {
    if (operation.phase !== phase) return;
    let load = 0;
    for (const { item, tenant } of rows) {
      if (tenant.first <= index && index <= tenant.last) load += item.bytes;
    }
    if (load > maxLoad) {
      maxLoad = load;
      best = index;
    }
  });
  return best;
}
