import { requireInteger, requireOneOf } from "../../../src/shared/options.ts";
import type { Derivatives } from "./tensorflow-dense.ts";
import { makeTransformer, randomTokens, transformerSize } from "./tensorflow-transformer.ts";
import type { Core } from "./tensorflow-types.ts";

const ways = ["library", "transposed"] as const satisfies readonly Derivatives[];
const trialSteps = 2;
const warmUpSteps = 2;

interface TransformerSettings {
  readonly batch: number;
  readonly steps: number;
  /** How derivatives are computed (see `dense`), or `fastest`. */
  readonly way: string;
}

interface Steps {
  /** Seconds of each measured step, ascending. */
  readonly seconds: readonly number[];
  readonly firstLoss: number;
  readonly lastLoss: number;
  readonly parameters: number;
  readonly peakBytes: number;
}

/** Trains a new network on random tokens, with another batch in every step; the first two steps are not measured. */
async function trainSteps(core: Core, batch: number, steps: number, way: Derivatives): Promise<Steps> {
  const { variables, parameters, loss, dispose } = makeTransformer(core, way);
  const optimizer = core.train.adam(3e-4, 0.9, 0.999, 1e-7);
  const step = (seed: number): number =>
    core.tidy(() => {
      const tokens = randomTokens(batch, seed);
      const shape = [batch, transformerSize.context];
      const input = core.tensor(tokens.input, shape, "int32");
      const target = core.tensor(tokens.target, shape, "int32");
      const cost = optimizer.minimize(() => loss(input, target), true, variables);
      return cost?.dataSync()[0] ?? Number.NaN;
    });
  const firstLoss = step(1);
  let lastLoss = firstLoss;
  for (let seed = 2; seed <= warmUpSteps; seed++) step(seed);
  const seconds: number[] = [];
  for (let index = 1; index <= steps; index++) {
    const start = performance.now();
    lastLoss = step(warmUpSteps + index);
    seconds.push((performance.now() - start) / 1000);
  }
  const { peakBytes } = await core.profile(() => step(0));
  dispose();
  optimizer.dispose();
  return { seconds: seconds.sort((a, b) => a - b), firstLoss, lastLoss, parameters, peakBytes };
}

const median = (sorted: readonly number[]): number => {
  const [low = Number.NaN, high = low] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return (low + high) / 2;
};

/** Times training steps of the transformer; `peakBytes` is the peak of all tensors in one step. */
export async function runTransformer(core: Core, settings: TransformerSettings): Promise<object> {
  const batch = requireInteger("batch", settings.batch, 1, 1024);
  const steps = requireInteger("steps", settings.steps, 1, 100_000);
  const wanted = requireOneOf("way", settings.way, ["fastest", ...ways]);
  const tried: Partial<Record<Derivatives, number>> = {};
  if (wanted === "fastest")
    for (const way of ways)
      tried[way] = 1000 * ((await trainSteps(core, batch, trialSteps, way)).seconds[0] ?? Infinity);
  const way =
    wanted === "fastest"
      ? ways.reduce((best, next) => ((tried[next] ?? Infinity) < (tried[best] ?? Infinity) ? next : best))
      : wanted;
  const { seconds, ...rest } = await trainSteps(core, batch, steps, way);
  const stepSeconds = median(seconds);
  return {
    batch,
    way,
    wayMilliseconds: wanted === "fastest" ? tried : undefined,
    gelu: "erf",
    steps,
    stepSeconds,
    tokensPerSecond: (batch * transformerSize.context) / stepSeconds,
    ...rest,
  };
}
