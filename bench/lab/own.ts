import {
  compile,
  createTrainer,
  dense,
  evaluate,
  flatten,
  loadMnist,
  network,
  fit,
  transformer,
} from "../../src/lab/index.ts";
import type { BatchSource, Mnist, Program } from "../../src/lab/index.ts";
import { control } from "../../src/lab/kernels/control.ts";
import { createMemory, instantiateKernels, loadKernels } from "../../src/lab/kernels/load-kernels.ts";
import { operationBytes, writeOperation } from "../../src/lab/kernels/operation.ts";

/** Compiles the worked example: digits with hidden layers of 128 and 64. */
export function compileWorkedExample(batch: number, threads: number): Program {
  const net = network({ shape: [28, 28] }, [
    flatten(),
    dense(128, { activation: "relu" }),
    dense(64, { activation: "relu" }),
    dense(10, { activation: "softmax" }),
  ]);
  return compile(net, { batch, threads });
}

export interface OwnEpoch {
  readonly seconds: readonly number[];
  readonly accuracy: number;
  readonly plannedBytes: number;
  readonly usedBytes: number;
}

/** Times epochs of the worked example, after one to warm up. */
export async function ownEpochs(
  mnist: Mnist,
  batch: number,
  threads: number,
  epochs: number,
): Promise<OwnEpoch> {
  const trainer = createTrainer(compileWorkedExample(batch, threads), { seed: 1 });
  const result = await fit(trainer, mnist.train, { epochs: epochs + 1, seed: 1 });
  const { accuracy } = evaluate(trainer, mnist.test);
  const usedBytes = trainer.measureUsedBytes();
  await trainer.close();
  return {
    seconds: result.epochs.slice(1).map((epoch) => epoch.seconds),
    accuracy: accuracy ?? Number.NaN,
    plannedBytes: trainer.program.peakBytes,
    usedBytes,
  };
}

/** Measures the test accuracy of the worked example as the command trains it: ten epochs at batch 32. */
export async function ownAccuracy(mnist: Mnist, seed: number): Promise<number> {
  const trainer = createTrainer(compileWorkedExample(32, 2), { seed });
  await fit(trainer, mnist.train, { epochs: 10, seed });
  const { accuracy } = evaluate(trainer, mnist.test);
  await trainer.close();
  return accuracy ?? Number.NaN;
}

/** Times training steps of a transformer: 4 layers, width and context 128, batch 16, vocabulary 96. */
export function ownTransformer(
  steps: number,
  threads: number,
): { readonly seconds: readonly number[]; readonly plannedBytes: number } {
  const program = compile(transformer({ vocabulary: 96 }), {
    batch: 16,
    threads,
    optimizer: { name: "adam", learningRate: 0.0003 },
  });
  const trainer = createTrainer(program);
  const source: BatchSource = {
    count: 16,
    input: { shape: [128], type: "int32" },
    target: { shape: [128], type: "int32" },
    writeBatch: ({ size, epoch }, input, target) => {
      for (let at = 0; at < size * 128; at++) {
        input.int32[at] = ((at + epoch) * 7919) % 96;
        target.int32[at] = ((at + epoch + 1) * 7919) % 96;
      }
    },
  };
  const order = Uint32Array.from({ length: 16 }, (_, index) => index);
  const sums = { loss: 0, right: 0, samples: 0 };
  const seconds: number[] = [];
  for (let step = 0; step < steps + 2; step++) {
    const started = performance.now();
    trainer.step(source, { order, from: 0, size: 16, epoch: step }, sums);
    if (step >= 2) seconds.push((performance.now() - started) / 1000);
  }
  void trainer.close();
  return { seconds, plannedBytes: program.peakBytes };
}

export interface ProductRate {
  readonly name: string;
  readonly gigaflops: number;
  /** Share of the multiply-add peak, which is measured before and after. */
  readonly share: number;
}

/** Returns the best of 25 rounds, in GFLOP/s. */
function bestRate(work: number, run: () => void): number {
  let best = 0;
  for (let round = 0; round < 25; round++) {
    const started = performance.now();
    run();
    best = Math.max(best, work / (performance.now() - started) / 1e6);
  }
  return best;
}

/** Measures the products of the worked example on one thread, each as a share of the core's multiply-add peak. */
export function productRates(batch: number): {
  readonly peak: number;
  readonly rates: readonly ProductRate[];
} {
  const program = compile(compileWorkedExample(batch, 1).network, {
    batch,
    threads: 1,
    updates: "immediate",
  });
  const kernels = loadKernels();
  const memory = createMemory(kernels, program.peakBytes);
  const words = new DataView(memory.buffer);
  const { arenaPlan, graph } = program;
  // Without the list of non-zero inputs, so that full products are measured.
  const full = program.operations.map((each) => ({
    ...each,
    numbers: each.numbers.map((n, i) => (i === 11 ? 0 : n)),
  }));
  full.forEach((each, index) =>
    writeOperation(words, arenaPlan.programOffset + index * operationBytes, each),
  );
  words.setUint32(control.program, arenaPlan.programOffset, true);
  words.setUint32(control.threads, 1, true);
  words.setUint32(control.samples, batch, true);
  const exports = instantiateKernels(kernels, memory);
  const numbers = new Float32Array(
    memory.buffer,
    arenaPlan.fixedBytes,
    (program.peakBytes - arenaPlan.fixedBytes) >> 2,
  );
  numbers.forEach((_, index) => (numbers[index] = ((index * 37) % 101) / 101 + 0.01));
  const peakOnce = (): number =>
    bestRate(12 * 8 * 400_000, () => exports.multiplyAddPeak(arenaPlan.fixedBytes, 400_000));
  const names = { dense: "x W", denseBackward: "d Wᵀ", weightGradient: "xᵀ d" } as const;
  const rates: ProductRate[] = [];
  let peak = peakOnce();
  graph.step.forEach((operation, index) => {
    const name = Object.hasOwn(names, operation.name)
      ? names[operation.name as keyof typeof names]
      : undefined;
    if (name === undefined) return;
    const [rows = 1, columns = 1, depth = 1] = operation.numbers;
    const times = Math.ceil(2e7 / (2 * rows * batch * columns * depth));
    const rate = bestRate(2 * rows * batch * columns * depth * times, () => {
      for (let time = 0; time < times; time++) {
        words.setUint32(control.first, index, true);
        words.setUint32(control.last, index + 1, true);
        exports.run();
      }
    });
    peak = Math.max(peak, peakOnce());
    rates.push({
      name: `${operation.label} ${name} [${rows * batch} × ${columns} × ${depth}]`,
      gigaflops: rate,
      share: 0,
    });
  });
  return { peak, rates: rates.map((each) => ({ ...each, share: each.gigaflops / peak })) };
}

/** Loads the digits from a folder or from the cache. */
export async function openDigits(folder: string | undefined): Promise<Mnist> {
  return await loadMnist({ folder });
}
