import { optimizerCodes } from "../kernels/operation.ts";
import type { Builder, ParameterDraft } from "./builder.ts";
import type { Parameter } from "./graph.ts";
import type { Optimizer } from "./optimizer.ts";
import { matrixRows, stateOf } from "./optimizer.ts";
import { stepList } from "./lower-dense.ts";
import type { GradientSink, WeightProduct } from "./value.ts";

/**
 * When parameters are updated:
 * - `direct`: a matrix that a sample uses once is updated from the registers of the product that makes its gradient, which is
 *   never stored. Everything else is updated as in `immediate`.
 * - `immediate`: as soon as the gradient is complete, so that it lives only until then.
 * - `after`: at the end of the step, when all gradients exist. Needed to add up gradients over micro-batches.
 * - `none`: never. Gradients are kept.
 */
export type UpdateMode = "direct" | "immediate" | "after" | "none";

/** Emits updates in the order of the update mode, and knows the gradients and state of each parameter. */
export interface UpdatePlan {
  readonly sink: GradientSink;
  /** Emits the updates that wait for the end of the step. */
  finish(): void;
  /** Lists the parameters with their gradients and state. */
  describe(): readonly Parameter[];
}

interface State {
  readonly name: string;
  readonly tensor: number;
}

function betas(optimizer: Optimizer): readonly number[] {
  return [optimizer.beta1, 1 - optimizer.beta1, optimizer.beta2, 1 - optimizer.beta2];
}

function emitAdafactor(builder: Builder, p: ParameterDraft, gradient: number, state: readonly State[]): void {
  const columns = p.shape.at(-1) ?? 1;
  const rows = matrixRows(p.shape);
  const [first, second] = state.map((each) => each.tensor);
  if (p.shape.length < 2) {
    builder.emit({
      name: "adafactorVector",
      writes: [p.tensor, first],
      reads: [gradient],
      numbers: [columns],
    });
    return;
  }
  const sums = builder.tensor("workspace", "fixed", [rows, 2], `${p.name} row sums`);
  const numbers = [rows, columns];
  builder.emit({ name: "adafactorRows", writes: [first, sums], reads: [p.tensor, gradient], numbers });
  builder.emit({ name: "adafactorColumns", writes: [second], reads: [gradient], numbers });
  builder.emit({
    name: "adafactorScales",
    writes: [sums],
    reads: [first, second, gradient],
    numbers,
    adds: true,
  });
  builder.emit({
    name: "adafactorApply",
    writes: [p.tensor],
    reads: [sums, first, second, gradient],
    numbers,
  });
}

function emitUpdate(
  builder: Builder,
  optimizer: Optimizer,
  { draft: p, gradient, state }: { draft: ParameterDraft; gradient: number; state: readonly State[] },
): void {
  if (optimizer.name === "adafactor") {
    emitAdafactor(builder, p, gradient, state);
    return;
  }
  const count = p.shape.reduce((product, dimension) => product * dimension, 1);
  builder.emit({
    name: "update",
    writes: [p.tensor, ...state.map((each) => each.tensor)],
    reads: [gradient],
    numbers: [0, 0, 0, 0, 0, 0, count, optimizerCodes[optimizer.name], p.decays ? 1 : 0],
    fractions: betas(optimizer),
  });
}

interface Update {
  readonly builder: Builder;
  readonly optimizer: Optimizer | undefined;
  readonly mode: UpdateMode;
  readonly drafts: ReadonlyMap<number, ParameterDraft>;
  readonly states: ReadonlyMap<number, readonly State[]>;
  /** Gradient of each parameter, in the order they were made. */
  readonly gradients: Map<number, number>;
}

function makeStates(
  builder: Builder,
  optimizer: Optimizer | undefined,
): ReadonlyMap<number, readonly State[]> {
  return new Map(
    builder.parameters.map(({ tensor, name, shape }) => {
      const kept = optimizer === undefined ? [] : stateOf(optimizer.name, shape);
      const state = kept.map((each) => {
        const label = `${name} ${each.name.replace("_", " ")}`;
        return { name: each.name, tensor: builder.tensor("optimizer state", "fixed", each.shape, label) };
      });
      return [tensor, state];
    }),
  );
}

function updateParameter(update: Update, parameter: number): void {
  const draft = update.drafts.get(parameter);
  const gradient = update.gradients.get(parameter);
  if (update.optimizer === undefined || draft === undefined || gradient === undefined) return;
  const state = update.states.get(parameter) ?? [];
  emitUpdate(update.builder, update.optimizer, { draft, gradient, state });
}

function openGradient(update: Update, parameter: number): number {
  const draft = update.drafts.get(parameter);
  const label = `gradient of ${draft?.name ?? ""}`;
  const gradient = update.builder.tensor("gradients", "fixed", draft?.shape ?? [], label);
  update.gradients.set(parameter, gradient);
  return gradient;
}

/** Returns the optimizer's name if a product of `rows` rows per sample updates its matrix directly. */
function directOptimizer(update: Update, rows: number): keyof typeof optimizerCodes | undefined {
  if (update.mode !== "direct" || rows !== 1 || update.optimizer === undefined) return undefined;
  return update.optimizer.name === "adafactor" ? undefined : update.optimizer.name;
}

/** Largest micro-batch whose list of non-zero inputs is worth its room; larger ones are multiplied without it or in runs of 256. */
const listedSamples = 512;

function emitProduct(update: Update, { parameter, x, d, rows }: WeightProduct): void {
  const draft = update.drafts.get(parameter);
  if (draft === undefined) return;
  const [depth = 1, columns = 1] = draft.shape;
  const direct = directOptimizer(update, rows);
  const { builder, optimizer } = update;
  const list = stepList(builder, x, listedSamples, draft.name);
  const rest = [0, 0, list.bytes];
  const numbers = [rows, depth, columns, 0, 0, 0, depth];
  if (direct === undefined || optimizer === undefined) {
    builder.emit({
      name: "weightGradient",
      writes: [openGradient(update, parameter), undefined, undefined, list.tensor],
      reads: [x.tensor, d],
      numbers: [...numbers, 0, 0, ...rest],
    });
    return;
  }
  const [first, second] = (update.states.get(parameter) ?? []).map((each) => each.tensor);
  builder.emit({
    name: "weightGradient",
    writes: [parameter, first, second, list.tensor],
    reads: [x.tensor, d],
    numbers: [...numbers, optimizerCodes[direct], draft.decays ? 1 : 0, ...rest],
    fractions: betas(optimizer),
  });
}

/** Makes a sink for the layers' gradients that updates the parameters when the mode says so. */
export function planUpdates(
  builder: Builder,
  optimizer: Optimizer | undefined,
  mode: UpdateMode,
): UpdatePlan {
  const update: Update = {
    builder,
    optimizer,
    mode,
    drafts: new Map(builder.parameters.map((draft) => [draft.tensor, draft])),
    states: makeStates(builder, optimizer),
    gradients: new Map(),
  };
  return {
    sink: {
      updatesDirectly: (rows) => directOptimizer(update, rows) !== undefined,
      product: (product) => emitProduct(update, product),
      open: (parameter) => openGradient(update, parameter),
      close: (parameter) => {
        if (mode === "direct" || mode === "immediate") updateParameter(update, parameter);
      },
    },
    finish: () => {
      if (mode === "after")
        for (const parameter of update.gradients.keys()) updateParameter(update, parameter);
    },
    describe: () =>
      builder.parameters.map((draft) => ({
        ...draft,
        gradient: update.gradients.get(draft.tensor),
        state: update.states.get(draft.tensor) ?? [],
      })),
  };
}
