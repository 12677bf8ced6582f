import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BatchSource } from "../data/batch-source.ts";
import { loadVariant } from "../kernels/load-kernels.ts";
import { dense, network } from "../network/layers.ts";
import { createRandom } from "../random.ts";
import { compile } from "../compile.ts";
import { createTrainer } from "./trainer.ts";

interface Case {
  readonly rows: number;
  readonly depth: number;
  readonly units: number;
  /** Share of inputs that are 0. */
  readonly zeros: number;
  readonly threads: number;
}

function matrices(each: Case): { readonly x: Float32Array; readonly t: Float32Array } {
  const random = createRandom(each.rows * 31 + each.depth * 7 + each.units);
  const x = Float32Array.from({ length: each.rows * each.depth }, () =>
    random.nextFraction() < each.zeros ? 0 : random.nextFraction() * 2 - 1,
  );
  return { x, t: Float32Array.from({ length: each.rows * each.units }, () => random.nextFraction() * 2 - 1) };
}

function sourceOf({ rows, depth, units }: Case, x: Float32Array, t: Float32Array): BatchSource {
  return {
    count: rows,
    input: { shape: [depth], type: "float32" },
    target: { shape: [units], type: "float32" },
    writeBatch: ({ from, size }, input, target) => {
      input.float32.set(x.subarray(from * depth, (from + size) * depth));
      target.float32.set(t.subarray(from * units, (from + size) * units));
    },
  };
}

/** Compares a network of two dense layers, which has all three products, with plain loops in float64. */
async function check(each: Case, variant: "relaxedShared" | "plainShared"): Promise<void> {
  const { rows, depth, units, threads } = each;
  const inner = 5;
  const { x, t } = matrices(each);
  const net = network({ shape: [depth] }, [
    dense(inner, { useBias: false }),
    dense(units, { useBias: false }),
  ]);
  const program = compile(net, { batch: rows, optimizer: "none", loss: "meanSquaredError", threads });
  const kernels = loadVariant(variant);
  const trainer = createTrainer(program, { seed: 3, ...(kernels === undefined ? {} : { kernels }) });
  const [first, second] = program.graph.parameters;
  const weights = (which: typeof first): Float64Array =>
    Float64Array.from(trainer.viewOf(which?.tensor ?? 0));
  const [w, v] = [weights(first), weights(second)];
  const order = Uint32Array.from({ length: rows }, (_, index) => index);
  trainer.step(
    sourceOf(each, x, t),
    { order, from: 0, size: rows, epoch: 0 },
    { loss: 0, right: 0, samples: 0 },
  );
  const product = (
    a: ArrayLike<number>,
    b: ArrayLike<number>,
    m: number,
    k: number,
    n: number,
  ): Float64Array =>
    Float64Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let step = 0; step < k; step++)
        sum += (a[Math.floor(at / n) * k + step] ?? 0) * (b[step * n + (at % n)] ?? 0);
      return sum;
    });
  const transpose = (a: ArrayLike<number>, m: number, n: number): Float64Array =>
    Float64Array.from({ length: m * n }, (_, at) => a[(at % m) * n + Math.floor(at / m)] ?? 0);
  const h = product(x, w, rows, depth, inner);
  const y = product(h, v, rows, inner, units);
  const d = y.map((value, at) => (2 * (value - (t[at] ?? 0))) / units / rows);
  const wantedV = product(transpose(h, rows, inner), d, inner, rows, units);
  const wantedW = product(
    transpose(x, rows, depth),
    product(d, transpose(v, inner, units), rows, units, inner),
    depth,
    rows,
    inner,
  );
  for (const [parameter, wanted] of [
    [first, wantedW],
    [second, wantedV],
  ] as const) {
    const got = trainer.viewOf(parameter?.gradient ?? 0);
    // If outputs happen to equal their targets, a gradient is a small difference of large numbers.
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0.05);
    got.forEach((value, at) => {
      expect(Math.abs(value - (wanted[at] ?? NaN)) / largest, `${parameter?.name}[${at}]`).toBeLessThan(1e-5);
    });
  }
  await trainer.close();
}

describe("products", () => {
  test("are right for small and odd sizes, dense and with zeros", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 1, max: 30 }),
          depth: fc.integer({ min: 1, max: 30 }),
          units: fc.integer({ min: 1, max: 20 }),
          zeros: fc.constantFrom(0, 0.5, 0.95, 1),
          threads: fc.integer({ min: 1, max: 3 }),
        }),
        (each) => check(each, "relaxedShared"),
      ),
      { numRuns: 60, seed: 5 },
    );
  });
  test.each(["relaxedShared", "plainShared"] as const)(
    "are right for large sizes that go through memory in parts, %s",
    async (variant) => {
      for (const zeros of [0, 0.8])
        await check({ rows: 1030, depth: 70, units: 37, zeros, threads: 2 }, variant);
      await check({ rows: 3, depth: 9001, units: 9, zeros: 0.9, threads: 2 }, variant);
    },
  );
});
