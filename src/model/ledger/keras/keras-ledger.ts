import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger } from "../../../shared/options.ts";
import type { KerasNetwork } from "../../description/keras/network/keras-network.ts";
import { buildByteLedger, type ByteKind, type ByteLedger, type ByteItem } from "../byte-ledger.ts";
import { notCompared } from "./comparison.ts";
import type { Held } from "./operations/held-tensor.ts";
import type { TensorMachine } from "./operations/tensor-machine.ts";
import { checkKeras, type CheckedKeras, type KerasOptions } from "./keras-options.ts";
import { kerasOptimizers } from "./optimizers.ts";
import { simulate, type SimulatedRun } from "./simulate.ts";

/** The release whose rules these are: its CPU backend, compared by `tf.profile`. */
export const kerasEngine = "TensorFlow.js 4.22";

/** The fullest moments of one phase. */
export interface KerasPeak {
  readonly phase: string;
  /** As `tf.memory().numBytes` counts: a view of a tensor beside it. */
  readonly peakBytes: number;
  /** Most bytes of distinct buffers, each once: what the process holds between operations. */
  readonly bufferBytes: number;
}

/** A ledger with the fullest moment of each phase, as `tf.profile` gives it: what `peakBytes` says of the same run. */
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

function onHost(item: Item): ByteItem {
  return { ...item, device: "host", engine: kerasEngine };
}

/** What is there before the run begins and stays. */
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
    ...item("weights", "weights that are trained", {
      bytes: trained,
      formula: "4 x parameters",
      inputs: { parameters: trainable },
    }),
    ...item("weights", "weights that are not trained", {
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
  activations: "sum of the tensors alive at the fullest moment",
  gradients: "sum of the gradients alive at the fullest moment",
  optimizer: "sum of the tensors alive at the fullest moment",
  output: "4 x batch x output",
};

/** Tensors of one phase's fullest moment by what they are for: the largest layers by name, the others together. */
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
      formula: formulas[kind] ?? "sum of the tensors alive at the fullest moment",
      inputs: {},
      confidence: note === undefined ? "exact" : "derived",
      note,
    }));
  });
}

/** The tensors that are alive at the fullest moment of each phase, and those that stay all the time. */
function moments(
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

/** Parameters of those layers of which they are known, and how many layers they are not known of. */
function knownParameters(network: KerasNetwork): { readonly parameters: number; readonly others: number } {
  let [parameters, others] = [0, 0];
  for (const { operation, parameters: own } of network.layers) {
    if (own !== undefined) parameters += own;
    else if (operation.type === "network") {
      const inner = knownParameters(operation.network);
      parameters += inner.parameters;
      others += inner.others;
    } else others += 1;
  }
  return { parameters, others };
}

function unknownLedger(network: KerasNetwork): KerasLedger {
  const { parameters, others } = knownParameters(network);
  const note = network.unknown.join("; ") || "sizes of its inputs vary: give them";
  const unknown = { bytes: undefined, inputs: {}, confidence: "unknown", note } as const;
  const known: Item = {
    kind: "weights",
    label: others === 0 ? "weights" : "weights of the layers that are known",
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
      formula: "tensors alive at the fullest moment",
    },
  ];
  return { ...buildByteLedger(kerasEngine, items.map(onHost)), peaks: [] };
}

/** True where every size is known, so that the run can be followed. */
export function runnable(network: KerasNetwork): boolean {
  const shapes = network.calls.flatMap((call) => call.outputShapes);
  const known = shapes.every(
    (shape) => shape !== undefined && shape.slice(1).every((size) => size !== undefined),
  );
  return known && network.parameters !== undefined && network.kind !== "graph";
}

/**
 * What TensorFlow.js holds on the host while it predicts or trains, at the fullest moment of each phase: weights, the batch,
 * and every tensor that its engine has then, found by following each operation of the run without its values. Bytes are those
 * that `tf.memory().numBytes` counts, so a view of a tensor counts beside it; `peaks` are what `tf.profile` gives, and the bytes
 * of distinct buffers. What an operation needs while it runs is not followed. Training is
 * a later step, with the optimizer's states there. Networks with sizes that are not known have a ledger of their weights that
 * says "at least". Throws `invalid-option`, `invalid-data` for a run of more than a million operations.
 */
export function kerasLedger(network: KerasNetwork, options: KerasOptions): KerasLedger {
  const checked = checkKeras(network, options);
  if (!runnable(network)) return unknownLedger(network);
  const { machine, stays, phases } = moments(network, runOf(checked, false));
  const reasons = [...notCompared(network, checked.train), ...machine.faults];
  const note =
    reasons.length === 0 ? undefined : `not compared with a run: ${reasons.slice(0, 3).join("; ")}`;
  const fixed = new Set(stays.map(({ id }) => id));
  const items = [
    ...loadItems(network, checked, stays),
    ...[...phases].flatMap(([phase, tensors]) => phaseItems(phase, tensors, fixed, note)),
  ];
  return {
    ...buildByteLedger(kerasEngine, items.map(onHost)),
    peaks: [...machine.peaks].map(([phase, { bytes, bufferBytes }]) => ({
      phase,
      peakBytes: bytes,
      bufferBytes,
    })),
  };
}

/** Bytes at the fullest moment of a run. */
function peakBytes(network: KerasNetwork, options: CheckedKeras): number {
  return Math.max(...[...simulate(network, runOf(options, false)).peaks.values()].map(({ bytes }) => bytes));
}

/** Most samples at a time that are looked for. */
const maxBatch = 2 ** 20;

/**
 * Most samples of a batch whose run stays within `budgetBytes`; undefined where not even one does. What a run holds grows with
 * each sample. Throws `invalid-option`, and `invalid-data` where sizes of the network are not known.
 */
export function findMaxKerasBatch(
  network: KerasNetwork,
  options: Omit<KerasOptions, "batch"> & { readonly budgetBytes: number },
): number | undefined {
  const { budgetBytes, ...rest } = options;
  requireInteger("budgetBytes", budgetBytes, 1);
  const checked = checkKeras(network, { ...rest, batch: 1 });
  if (!runnable(network))
    throw new LoadlineError("invalid-data", `${network.name}: its sizes are not all known`);
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
