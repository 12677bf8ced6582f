import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger } from "../../../shared/options.ts";
import type { KerasNetwork } from "../../description/keras/network/keras-network.ts";
import { buildByteLedger } from "../byte-ledger.ts";
import type { ByteKind, ByteLedger, ByteItem } from "../byte-ledger.ts";
import { notCompared } from "./comparison.ts";
import type { Held } from "./operations/held-tensor.ts";
import type { TensorMachine } from "./operations/tensor-machine.ts";
import { checkKeras } from "./keras-options.ts";
import type { CheckedKeras, KerasOptions } from "./keras-options.ts";
import { kerasOptimizers } from "./optimizers.ts";
import { simulate } from "./simulate.ts";
import type { SimulatedRun } from "./simulate.ts";

/** The release whose rules hold. Its CPU backend was compared by `tf.profile`. */
export const kerasEngine = "TensorFlow.js 4.22";

/** The peak of one phase. */
export interface KerasPeak {
  readonly phase: string;
  /** As `tf.memory().numBytes` counts: a view counts in addition to its tensor. */
  readonly peakBytes: number;
  /** Peak bytes of distinct buffers, each once: what the process holds between operations. */
  readonly bufferBytes: number;
}

/** A ledger with the peak of each phase, as `peakBytes` of `tf.profile` reports it for the same run. */
export interface KerasLedger extends ByteLedger {
  readonly peaks: readonly KerasPeak[];
}

/** Layers that have an item of their own in a phase; the others share one. */
const maxNamedLayers = 6;

type Item = Omit<ByteItem, "engine" | "device">;

function runOf(options: CheckedKeras, first: boolean): SimulatedRun {
  const { batch, predictBatch, losses, optimizer } = options;
  return { batch, predictBatch, ...(options.train ? { training: { optimizer, losses, first } } : {}) };
}

function putOnHost(item: Item): ByteItem {
  return { ...item, device: "host", engine: kerasEngine };
}

/** Lists what is held from before the run to its end. */
function loadItems(network: KerasNetwork, options: CheckedKeras, tensors: readonly Held[]): readonly Item[] {
  const sum = (kind: ByteKind, label?: string): number =>
    tensors
      .filter(({ purpose }) => purpose.kind === kind && (label === undefined || purpose.label === label))
      .reduce((all, { bytes }) => all + bytes, 0);
  const weights = sum("weights");
  const trained = 4 * (network.trainableParameters ?? 0);
  const item = (
    kind: ByteKind,
    label: string,
    facts: Pick<Item, "formula" | "inputs"> & { readonly bytes: number },
  ): readonly Item[] =>
    facts.bytes === 0 ? [] : [{ kind, label, phase: "load", ...facts, confidence: "exact" }];
  const { batch, optimizer } = options;
  const trainable = network.trainableParameters ?? 0;
  return [
    ...item("weights", "trainable weights", {
      bytes: trained,
      formula: "4 x parameters",
      inputs: { parameters: trainable },
    }),
    ...item("weights", "non-trainable weights", {
      bytes: weights - trained,
      formula: "4 x parameters",
      inputs: { parameters: (weights - trained) / 4 },
    }),
    ...(options.train
      ? item("optimizer", `states of ${optimizer}`, {
          bytes: sum("optimizer", "states"),
          formula: "4 x (states x parameters + numbers)",
          inputs: {
            states: kerasOptimizers[optimizer].states,
            parameters: trainable,
            numbers: kerasOptimizers[optimizer].scalars,
          },
        })
      : []),
    ...item("activations", "input batch", {
      bytes: sum("activations", "input batch"),
      formula: "4 x batch x input",
      inputs: { batch },
    }),
    ...item("activations", "labels", {
      bytes: sum("activations", "labels"),
      formula: "4 x batch x labels",
      inputs: { batch },
    }),
  ];
}

const formulas: Readonly<Record<string, string>> = {
  activations: "sum of the tensors alive at the peak",
  gradients: "sum of the gradients alive at the peak",
  optimizer: "sum of the tensors alive at the peak",
  output: "4 x batch x output",
};

/** Groups the tensors at one phase's peak by purpose: the largest layers by name, the others together. */
function phaseItems(
  phase: string,
  tensors: readonly Held[],
  stays: ReadonlySet<number>,
  note: string | undefined,
): readonly Item[] {
  const kinds = new Map<ByteKind, Map<string, number>>();
  for (const tensor of tensors) {
    if (stays.has(tensor.id)) continue;
    const { kind, label } = tensor.purpose;
    const group = kinds.get(kind) ?? new Map<string, number>();
    kinds.set(kind, group.set(label, (group.get(label) ?? 0) + tensor.bytes));
  }
  return [...kinds].flatMap(([kind, group]) => {
    const sorted = [...group].sort((a, b) => b[1] - a[1]);
    const named = sorted.length > maxNamedLayers + 1 ? sorted.slice(0, maxNamedLayers) : sorted;
    const rest = sorted.slice(named.length);
    const others =
      rest.length === 0
        ? []
        : [[`${rest.length} other layers`, rest.reduce((all, [, bytes]) => all + bytes, 0)] as const];
    return [...named, ...others].map(([label, bytes]): Item => ({
      kind,
      label,
      phase,
      bytes,
      formula: formulas[kind] ?? "sum of the tensors alive at the peak",
      inputs: {},
      confidence: note === undefined ? "exact" : "derived",
      note,
    }));
  });
}

/** Finds the tensors alive at the peak of each phase, and those held during the entire run. */
function findPeaks(
  network: KerasNetwork,
  run: SimulatedRun,
): {
  readonly machine: TensorMachine;
  readonly stays: readonly Held[];
  readonly phases: ReadonlyMap<string, readonly Held[]>;
} {
  const machine = simulate(network, run);
  const wanted = new Map([...machine.peaks].map(([phase, { operation }]) => [operation, phase]));
  const phases = new Map<string, readonly Held[]>();
  let stays: readonly Held[] | undefined;
  simulate(network, run, (m) => {
    stays ??= [...m.live].filter((tensor) => tensor.id <= m.lastGiven);
    const phase = wanted.get(m.operations);
    if (phase !== undefined) phases.set(phase, [...m.live]);
  });
  return { machine, stays: stays ?? [], phases };
}

/** Sums the parameters of layers for which they are known, and counts the other layers. */
function sumKnownParameters(network: KerasNetwork): { readonly parameters: number; readonly others: number } {
  let [parameters, others] = [0, 0];
  for (const { operation, parameters: own } of network.layers) {
    if (own !== undefined) parameters += own;
    else if (operation.type === "network") {
      const inner = sumKnownParameters(operation.network);
      parameters += inner.parameters;
      others += inner.others;
    } else others++;
  }
  return { parameters, others };
}

function unknownLedger(network: KerasNetwork): KerasLedger {
  const { parameters, others } = sumKnownParameters(network);
  const note =
    network.unknown.join("; ") || "its inputs have variable sizes. Give them with openSize (--sequence)";
  const unknown = { bytes: undefined, inputs: {}, confidence: "unknown", note } as const;
  const known: Item = {
    kind: "weights",
    label: others === 0 ? "weights" : "weights of the known layers",
    phase: "load",
    bytes: 4 * parameters,
    formula: "4 x parameters",
    inputs: { parameters },
    confidence: "exact",
  };
  const items: readonly Item[] = [
    ...(others === 0 || parameters > 0 ? [known] : []),
    ...(others === 0
      ? []
      : [
          {
            ...unknown,
            kind: "weights" as const,
            label: `weights of ${others} other layer${others === 1 ? "" : "s"}`,
            phase: "load",
            formula: "4 x parameters",
          },
        ]),
    {
      ...unknown,
      kind: "activations",
      label: "tensors of the run",
      phase: "forward",
      formula: "tensors alive at the peak",
    },
  ];
  return { ...buildByteLedger(kerasEngine, items.map(putOnHost)), peaks: [] };
}

/** Whether every size is known, so that the run can be simulated. */
export function isRunnable(network: KerasNetwork): boolean {
  const shapes = network.calls.flatMap((call) => call.outputShapes);
  const known = shapes.every(
    (shape) => shape !== undefined && shape.slice(1).every((size) => size !== undefined),
  );
  return known && network.parameters !== undefined && network.kind !== "graph";
}

/**
 * Counts what TensorFlow.js holds on the host at the peak of each phase of prediction or training: weights, the batch, and every
 * tensor of its engine. Simulates each operation of the run without its values. Bytes are those of `tf.memory().numBytes`, in
 * which a view counts in addition to its tensor; `peaks` are those of `tf.profile`, and the bytes of distinct buffers. The
 * workspace inside an operation is not counted. Training is a step after the first, with the optimizer's states.
 * A network with unknown sizes gets a ledger of its weights that says "at least".
 * Errors: `invalid-option`; `invalid-data` for a run of more than a million operations.
 */
export function kerasLedger(network: KerasNetwork, options: KerasOptions): KerasLedger {
  const checked = checkKeras(network, options);
  if (!isRunnable(network)) return unknownLedger(network);
  const { machine, stays, phases } = findPeaks(network, runOf(checked, false));
  const reasons = [...notCompared(network, checked.train), ...machine.faults];
  const note =
    reasons.length === 0 ? undefined : `not compared with a run: ${reasons.slice(0, 3).join("; ")}`;
  const fixed = new Set(stays.map(({ id }) => id));
  const items = [
    ...loadItems(network, checked, stays),
    ...[...phases].flatMap(([phase, tensors]) => phaseItems(phase, tensors, fixed, note)),
  ];
  return {
    ...buildByteLedger(kerasEngine, items.map(putOnHost)),
    peaks: [...machine.peaks].map(([phase, { bytes, bufferBytes }]) => ({
      phase,
      peakBytes: bytes,
      bufferBytes,
    })),
  };
}

/** Returns the peak bytes of a run. */
function peakBytes(network: KerasNetwork, options: CheckedKeras): number {
  return Math.max(...[...simulate(network, runOf(options, false)).peaks.values()].map(({ bytes }) => bytes));
}

/** Largest batch that is tried. */
const maxBatch = 2 ** 20;

/**
 * Finds the largest batch whose run stays within `budgetBytes`; undefined if a single sample does not. The bytes of a run grow
 * with each sample. Errors: `invalid-option`; `invalid-data` if sizes of the network are unknown.
 */
export function findMaxKerasBatch(
  network: KerasNetwork,
  options: Omit<KerasOptions, "batch"> & { readonly budgetBytes: number },
): number | undefined {
  const { budgetBytes, ...rest } = options;
  requireInteger("budgetBytes", budgetBytes, 1);
  const checked = checkKeras(network, { ...rest, batch: 1 });
  if (!isRunnable(network))
    throw new LoadlineError(
      "invalid-data",
      `${network.name}: some of its sizes are unknown. Give variable ones with openSize (--sequence)`,
    );
  const fits = (batch: number): boolean => peakBytes(network, { ...checked, batch }) <= budgetBytes;
  if (!fits(1)) return undefined;
  let low = 1;
  let high = 2;
  while (high < maxBatch && fits(high)) {
    low = high;
    high *= 2;
  }
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
