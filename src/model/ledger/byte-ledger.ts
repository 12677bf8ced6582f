import { buildLedger } from "../../shared/ledger.ts";
import type { Ledger } from "../../shared/ledger.ts";

/**
 * How far a figure can be trusted. `exact`: what the engine allocates, to the byte. `derived`: follows from the engine's
 * rules, but was not compared with a run. `calibrated`: contains a fitted number. `unknown`: there is no figure.
 */
export type Confidence = "exact" | "derived" | "calibrated" | "unknown";

/** What occupies memory. */
export type ByteKind =
  | "weights"
  | "kv-cache"
  | "recurrent-state"
  | "compute"
  | "output"
  | "activations"
  | "gradients"
  | "optimizer"
  | "logits"
  | "communication"
  | "graphs"
  | "runtime"
  | "prompt-cache"
  | "draft"
  | "projector"
  | "adapter"
  | "allocator";

/** One item of a model's ledger. */
export interface ByteItem {
  readonly kind: ByteKind;
  readonly label: string;
  /** "host", or an accelerator by its index: "gpu0", "gpu1". In training all ranks are alike, and "gpu" is one of them. */
  readonly device: string;
  /** When it is in memory: "load" for as long as the model is; training also has "forward", "backward" and "step". */
  readonly phase: string;
  /** Undefined where it is not known; the totals then say "at least". */
  readonly bytes: number | undefined;
  /** The formula in symbols; `inputs` gives them values. */
  readonly formula: string;
  readonly inputs: Readonly<Record<string, number | string>>;
  /** Engine and release for which the formula holds. */
  readonly engine: string;
  readonly confidence: Confidence;
  /** What a reader should know, such as how uncertain the figure is. */
  readonly note?: string | undefined;
  /** True for pages of a memory-mapped file that can be dropped and read again: listed, but not part of totals. */
  readonly mapped?: boolean | undefined;
}

/** What a device holds in a phase, with the items of phase "load". */
export interface DeviceTotal {
  readonly device: string;
  readonly phase: string;
  readonly bytes: number;
  readonly atLeast: boolean;
}

/** What a model holds, item by item. */
export interface ByteLedger {
  readonly engine: string;
  readonly items: readonly ByteItem[];
  /** One row per device and phase; the largest phase of a device binds. */
  readonly totals: readonly DeviceTotal[];
  /** Sum of the binding phases of all devices. */
  readonly totalBytes: number;
  readonly atLeast: boolean;
  /** Totals by kind in the binding phases. */
  readonly byKind: Ledger;
}

/** The phase of items that stay for as long as the model is loaded. */
export const loadPhase = "load";

function totalOf(device: string, phase: string, items: readonly ByteItem[]): DeviceTotal {
  let bytes = 0;
  let atLeast = false;
  for (const item of items) {
    if (item.device !== device || item.mapped === true) continue;
    if (item.phase !== loadPhase && item.phase !== phase) continue;
    if (item.bytes === undefined) atLeast = true;
    else bytes += item.bytes;
  }
  return { device, phase, bytes, atLeast };
}

/** Returns the fullest phase of each device: it decides whether the model fits. */
export function bindingTotals(totals: readonly DeviceTotal[]): readonly DeviceTotal[] {
  const binding = new Map<string, DeviceTotal>();
  for (const total of totals) {
    const best = binding.get(total.device);
    // A phase with an unknown part may be the fullest
    const atLeast = total.atLeast || best?.atLeast === true;
    binding.set(total.device, {
      ...(best === undefined || total.bytes > best.bytes ? total : best),
      atLeast,
    });
  }
  return [...binding.values()];
}

/** Adds items up by device and phase. An item of unknown size makes its totals "at least"; mapped items are only listed. */
export function buildByteLedger(engine: string, items: readonly ByteItem[]): ByteLedger {
  const devices = [...new Set(items.map((item) => item.device))];
  const totals = devices.flatMap((device) => {
    const phases = [
      ...new Set(
        items.filter((item) => item.device === device && item.phase !== loadPhase).map((each) => each.phase),
      ),
    ];
    return (phases.length === 0 ? [loadPhase] : phases).map((phase) => totalOf(device, phase, items));
  });
  const binding = bindingTotals(totals);
  const counted = items.filter(
    (item) =>
      item.mapped !== true &&
      binding.some(
        (total) => total.device === item.device && (item.phase === loadPhase || item.phase === total.phase),
      ),
  );
  return {
    engine,
    items,
    totals,
    totalBytes: binding.reduce((sum, total) => sum + total.bytes, 0),
    atLeast: binding.some((total) => total.atLeast),
    byKind: buildLedger(
      "bytes",
      counted.map((item) => ({ kind: item.kind, size: item.bytes })),
    ),
  };
}
