import type { RecurrentCell, RecurrentOperation } from "../../../description/keras/network/operation.ts";
import { add, cast, clone, mul, neg, onesLike, reshape, sub, sum } from "../operations/basic.ts";
import { expandDims, reverse, split, stack, tile, transpose, unstack } from "../operations/moving.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { activate } from "./activations.ts";
import { biasAdd, dot } from "./dense-layers.ts";
import { dropout } from "./noise-layers.ts";
import { firstOf, requireWeight, weightOf } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";

/** The output of a step and the states after it. */
export interface StepResult {
  readonly output: Held;
  readonly states: readonly Held[];
}

/** What a recurrent layer returns: the last output, those of all steps if requested, the last states. */
export interface SequenceResult {
  readonly last: Held;
  readonly outputs: Held | undefined;
  readonly states: readonly Held[];
}

function reorderMask(m: TensorMachine, mask: Held, rank: number, order: readonly number[]): Held {
  let numbers = cast(m, cast(m, mask, "bool"), "float32");
  if (numbers.shape.length === rank - 1) numbers = expandDims(m, numbers, -1);
  return transpose(m, numbers, order);
}

function applyMask(m: TensorMachine, step: StepResult, before: readonly Held[], mask: Held): StepResult {
  const [output, ...states] = m.tidy(() => {
    const rest = sub(m, onesLike(m, mask), mask);
    const mix = (now: Held, then: Held): Held => add(m, mul(m, now, mask), mul(m, then, rest));
    const first = mix(step.output, before[0] ?? step.output);
    return [first, ...before.map((state, index) => mix(step.states[index] ?? state, state))] as const;
  });
  return { output, states };
}

/** Runs a step for each entry of the second axis of `x`, as TensorFlow.js' backend function rnn does. */
export function overSteps(
  m: TensorMachine,
  x: Held,
  options: {
    readonly initial: readonly Held[];
    readonly backwards: boolean;
    readonly all: boolean;
    readonly mask: Held | undefined;
  },
  step: (input: Held, states: readonly Held[]) => StepResult,
): SequenceResult {
  let states = options.initial;
  const results = m.tidy(() => {
    const rank = x.shape.length;
    const order = [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)];
    const moved = transpose(m, x, order);
    let mask = options.mask === undefined ? undefined : reorderMask(m, options.mask, rank, order);
    const turned = options.backwards ? reverse(m, moved) : moved;
    if (options.backwards && mask !== undefined) mask = reverse(m, mask);
    const inputs = unstack(m, turned, 0);
    const masks = mask === undefined ? undefined : unstack(m, mask, 0);
    const outputs: Held[] = [];
    let last: Held = turned;
    for (const [index, input] of inputs.entries()) {
      const [output, ...after] = m.tidy(() => {
        const result = step(input, states);
        return [result.output, ...result.states] as const;
      });
      const result = { output, states: after };
      const own = masks?.[index];
      const next = own === undefined ? result : applyMask(m, result, states, own);
      last = next.output;
      states = next.states;
      if (options.all) outputs.push(last);
    }
    return [last, options.all ? stack(m, outputs, 1) : undefined, ...states];
  });
  const [last, outputs] = results;
  return { last: last as Held, outputs, states };
}

/**
 * Returns the masks with which a cell multiplies its inputs. They are made at its first step and kept until the layer is called
 * again; those of cells passed to their layer are kept forever.
 */
export function makeMasks(
  call: LayerCall,
  name: string,
  { rate, like, count }: { readonly rate: number; readonly like: Held; readonly count: number },
): readonly Held[] | undefined {
  if (rate <= 0 || rate >= 1) return undefined;
  const m = call.machine;
  const before = call.state.kept.get(call.prefix + name);
  if (before !== undefined) return before;
  const made = Array.from({ length: count }, () => {
    const ones = onesLike(m, like);
    return call.training ? dropout(m, ones, ones.shape) : ones;
  });
  const masks = made.map((mask) => {
    const kept = clone(m, mask);
    kept.kept = true;
    return kept;
  });
  call.state.kept.set(call.prefix + name, masks);
  return masks;
}

/** Disposes what the layer kept from its last call. */
export function dropMasks(call: LayerCall): void {
  for (const [name, masks] of call.state.kept) {
    if (!name.startsWith(call.prefix)) continue;
    for (const mask of masks) call.machine.dispose(mask);
    call.state.kept.delete(name);
  }
}

function simpleStep(call: LayerCall, cell: RecurrentCell, x: Held, h: Held): StepResult {
  const m = call.machine;
  const own = makeMasks(call, "dropout", { rate: cell.dropout, like: x, count: 1 });
  const recurrent = makeMasks(call, "recurrent", { rate: cell.recurrentDropout, like: h, count: 1 });
  const input = own?.[0] === undefined ? x : mul(m, x, own[0]);
  const product = dot(m, input, requireWeight(call, "kernel"));
  const bias = weightOf(call, "bias");
  const moved = bias === undefined ? product : biasAdd(m, product, bias);
  const before = recurrent?.[0] === undefined ? h : mul(m, h, recurrent[0]);
  const output = activate(
    m,
    cell.activation,
    add(m, moved, dot(m, before, requireWeight(call, "recurrent_kernel"))),
  );
  return { output, states: [output] };
}

function gruStep(call: LayerCall, cell: RecurrentCell, x: Held, before: Held): StepResult {
  const m = call.machine;
  const { units } = cell;
  const own = makeMasks(call, "dropout", { rate: cell.dropout, like: x, count: 3 });
  const recurrent = makeMasks(call, "recurrent", { rate: cell.recurrentDropout, like: before, count: 3 });
  const product = dot(m, own?.[0] === undefined ? x : mul(m, x, own[0]), requireWeight(call, "kernel"));
  const bias = weightOf(call, "bias");
  const moved = bias === undefined ? product : biasAdd(m, product, bias);
  const h = recurrent?.[0] === undefined ? before : mul(m, before, recurrent[0]);
  const [gateKernel, newKernel] = split(
    m,
    requireWeight(call, "recurrent_kernel"),
    [2 * units, units],
    1,
  ) as readonly [Held, Held];
  const inner = dot(m, h, gateKernel);
  const [xZ, xR, xH] = split(m, moved, [units, units, units], 1) as readonly [Held, Held, Held];
  const [hZ, hR] = split(m, inner, [units, units], 1) as readonly [Held, Held];
  const z = activate(m, cell.recurrentActivation, add(m, xZ, hZ));
  const r = activate(m, cell.recurrentActivation, add(m, xR, hR));
  const recurrentH = dot(m, mul(m, r, h), newKernel);
  const candidate = activate(m, cell.activation, add(m, xH, recurrentH));
  const output = add(m, mul(m, z, h), mul(m, add(m, 1, neg(m, z)), candidate));
  return { output, states: [output] };
}

function lstmStep(
  call: LayerCall,
  cell: RecurrentCell,
  { x, before, carry }: { readonly x: Held; readonly before: Held; readonly carry: Held },
): StepResult {
  const m = call.machine;
  const { units } = cell;
  const own = makeMasks(call, "dropout", { rate: cell.dropout, like: x, count: 4 });
  const recurrent = makeMasks(call, "recurrent", { rate: cell.recurrentDropout, like: before, count: 4 });
  const product = dot(m, own?.[0] === undefined ? x : mul(m, x, own[0]), requireWeight(call, "kernel"));
  const h = recurrent?.[0] === undefined ? before : mul(m, before, recurrent[0]);
  const both = add(m, product, dot(m, h, requireWeight(call, "recurrent_kernel")));
  const bias = weightOf(call, "bias");
  const moved = bias === undefined ? both : biasAdd(m, both, bias);
  const [z0, z1, z2, z3] = split(m, moved, [units, units, units, units], 1) as readonly [
    Held,
    Held,
    Held,
    Held,
  ];
  const input = activate(m, cell.recurrentActivation, z0);
  const forget = activate(m, cell.recurrentActivation, z1);
  const kept = mul(m, forget, carry);
  const next = add(m, kept, mul(m, input, activate(m, cell.activation, z2)));
  const gate = activate(m, cell.recurrentActivation, z3);
  const output = mul(m, gate, activate(m, cell.activation, next));
  return { output, states: [output, next] };
}

function cellStep(call: LayerCall, cell: RecurrentCell, x: Held, states: readonly Held[]): StepResult {
  const m = call.machine;
  const [h, carry] = states as readonly [Held, Held];
  const [output, ...after] = m.tidy(() => {
    const result =
      cell.kind === "simple"
        ? simpleStep(call, cell, x, h)
        : cell.kind === "gru"
          ? gruStep(call, cell, x, h)
          : lstmStep(call, cell, { x, before: h, carry });
    return [result.output, ...result.states] as const;
  });
  return { output, states: after };
}

/** Runs one step of all cells. Their states are in the order of the last cell first. */
function cellsStep(
  call: LayerCall,
  cells: readonly RecurrentCell[],
  x: Held,
  states: readonly Held[],
): StepResult {
  const [only] = cells;
  if (cells.length === 1 && only !== undefined) return cellStep(call, only, x, states);
  const [output, ...after] = call.machine.tidy(() => {
    let rest = states;
    const own = cells.toReversed().map((cell) => {
      const count = cell.kind === "lstm" ? 2 : 1;
      const mine = rest.slice(0, count);
      rest = rest.slice(count);
      return mine;
    });
    let input = x;
    const results = cells.map((cell, index) => {
      const inner = { ...call, prefix: `${call.prefix}cell_${index}/` };
      const result = cellStep(inner, cell, input, own[cells.length - 1 - index] ?? []);
      input = result.output;
      return result.states;
    });
    return [input, ...results.toReversed().flat()] as const;
  });
  return { output, states: after };
}

/** Makes states of zeros as TensorFlow.js does: it sums a tensor of the full input to get the batch. */
function initialStates(m: TensorMachine, input: Held, cells: readonly RecurrentCell[]): readonly Held[] {
  const sizes = cells.toReversed().flatMap(({ kind, units }) => (kind === "lstm" ? [units, units] : [units]));
  return m.tidy(() => {
    const zeros = sum(m, m.make(input.shape), [1, 2]);
    const column = reshape(m, zeros, [...zeros.shape, 1]);
    return sizes.map((size) => (size > 1 ? tile(m, column, [1, size]) : column));
  });
}

export function callRecurrent(call: LayerCall, settings: RecurrentOperation): readonly Held[] {
  const m = call.machine;
  return m.tidy(() => {
    if (!settings.keepsDropout) dropMasks(call);
    return m.tidy(() => {
      const input = firstOf(call);
      const given = call.inputs.slice(1);
      const initial = given.length > 0 ? given : initialStates(m, input, settings.cells);
      const result = overSteps(
        m,
        input,
        { initial, backwards: settings.backwards, all: settings.sequences, mask: call.mask },
        (step, states) => cellsStep(call, settings.cells, step, states),
      );
      const output = result.outputs ?? result.last;
      return settings.states ? [output, ...result.states] : [output];
    });
  });
}
