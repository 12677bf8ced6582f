import {
  activation,
  compile,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling,
  inferShapes,
  layerNormalization,
  maxPooling2d,
  multiHeadAttention,
  network,
  residual,
  transformer,
} from "../../src/lab/index.ts";
import type { CompileOptions, Network, Program } from "../../src/lab/index.ts";
import { place, shortHash } from "./figures.ts";
import type { Figures } from "./figures.ts";

/** Networks of each kind of layer; "digits" is the example of the documents. */
export const networks: Readonly<Record<"digits" | "pictures" | "language" | "texts", Network>> = {
  digits: network({ shape: [28, 28] }, [
    flatten(),
    dense(128, { activation: "relu" }),
    dense(64, { activation: "relu" }),
    dense(10, { activation: "softmax" }),
  ]),
  pictures: network({ shape: [12, 12, 3] }, [
    conv2d(8, 3, { activation: "relu" }),
    maxPooling2d(),
    dropout(0.25),
    flatten(),
    dense(16),
    activation("tanh"),
    dense(10, { activation: "softmax" }),
  ]),
  language: transformer({ vocabulary: 60, context: 32, width: 32, layers: 2, heads: 4, dropout: 0.1 }),
  texts: network({ shape: [24], type: "int32" }, [
    embedding(50, 16),
    residual([layerNormalization(), multiHeadAttention(2)]),
    globalAveragePooling(),
    dense(1, { activation: "sigmoid" }),
  ]),
};

const lossOf = { digits: {}, pictures: {}, language: {}, texts: { loss: "binaryCrossentropy" } } as const;

const compiled: Readonly<Record<string, CompileOptions>> = {
  "batch 1": { batch: 1 },
  "batch 8": { batch: 8 },
  "batch 32": { batch: 32 },
  "batch 128": { batch: 128 },
  "batch 512": { batch: 512 },
  "two threads": { batch: 32, threads: 2 },
  after: { updates: "after" },
  immediate: { updates: "immediate" },
  micro: { batch: 32, microBatch: 8 },
  recompute: { recompute: 2 },
  gradients: { optimizer: "none" },
  sgd: { optimizer: "sgd" },
  momentum: { optimizer: "momentum" },
  adamw: { optimizer: "adamw" },
  lion: { optimizer: "lion" },
  adafactor: { optimizer: "adafactor" },
};

/** Records the bytes of an arena and the place of each tensor in it. */
export function addProgram(figures: Figures, path: string, program: Program): void {
  figures.add(`${path}/arena`, program.peakBytes, program.bytesFixed, program.bytesPerSample);
  figures.add(
    `${path}/program`,
    program.parameterCount,
    program.operations.length,
    program.ledger.totalBytes,
  );
  // Operations as the kernels read them: places, numbers and barriers; names may change.
  const encoded = program.operations.map(({ barrier, writes, reads, numbers, fractions }) => [
    barrier,
    writes,
    reads,
    numbers,
    fractions,
  ]);
  figures.add(`${path}/operations`, shortHash(JSON.stringify(encoded)));
  for (const [index, { kind, bytes, offset, phases }] of program.ledger.items.entries())
    figures.add(`${path}/item/${place(index)}`, kind, bytes, offset, phases.join("+"));
  for (const { phase, ledger, freeBytes } of program.ledger.phases)
    figures.add(
      `${path}/phase/${phase}`,
      ledger.total,
      freeBytes,
      ...ledger.kinds.map(({ kind, size, items }) => `${kind}=${size}/${items}`),
    );
}

/** Records arenas, ledgers and shapes of each network under each way of compiling it. */
export function recordPrograms(figures: Figures): void {
  for (const name of ["digits", "pictures", "language", "texts"] as const) {
    const path = `lab/programs/${name}`;
    figures.add(`${path}/shapes`, JSON.stringify(inferShapes(networks[name])));
    for (const [way, options] of Object.entries(compiled))
      figures.tryTo(`${path}/${way}`, () =>
        addProgram(
          figures,
          `${path}/${way}`,
          compile(networks[name], { threads: 1, ...lossOf[name], ...options }),
        ),
      );
  }
}
