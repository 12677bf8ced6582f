import { readFileSync, rmSync } from "node:fs";
import {
  bigramLoss,
  compile,
  createTrainer,
  encodeTokens,
  evaluate,
  findEffects,
  generateTokens,
  learnVocabulary,
  loadMnist,
  paretoFront,
  specialTokens,
  splitTokens,
  sweep,
  fit,
  transformer,
  windowSource,
} from "../../src/lab/index.ts";
import type {
  BatchSource,
  CompileOptions,
  Mnist,
  Network,
  Trainer,
  FitOptions,
} from "../../src/lab/index.ts";
import { writeDigits } from "../../src/lab/data/idx.fixture.ts";
import { inRepository, place, shortHash } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { networks } from "./lab-programs.ts";

interface Run {
  readonly network: Network;
  readonly source: BatchSource;
  readonly test: BatchSource;
  readonly compiled: CompileOptions;
  readonly training?: FitOptions;
}

function addParameters(figures: Figures, path: string, trainer: Trainer): void {
  for (const [index, { tensor }] of trainer.program.graph.parameters.entries()) {
    const view = trainer.viewOf(tensor);
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    figures.add(`${path}/parameters/${place(index)}`, view.length, shortHash(bytes));
  }
}

/** Trains from a fixed seed; losses are printed to full precision, parameters as hashes of their bytes. */
async function addRun(
  figures: Figures,
  path: string,
  run: Run,
  then?: (trainer: Trainer) => void,
): Promise<void> {
  const trainer = createTrainer(compile(run.network, { threads: 1, ...run.compiled }), { seed: 7 });
  try {
    addParameters(figures, `${path}/start`, trainer);
    const { epochs } = await fit(trainer, run.source, { epochs: 2, seed: 7, ...run.training });
    for (const { epoch, loss, accuracy } of epochs)
      figures.add(`${path}/epoch/${place(epoch)}`, loss, accuracy);
    const { loss, accuracy } = evaluate(trainer, run.test);
    figures.add(`${path}/test`, loss, accuracy, trainer.steps(), trainer.measureUsedBytes());
    addParameters(figures, `${path}/end`, trainer);
    then?.(trainer);
  } finally {
    await trainer.close();
  }
}

const ways: Readonly<Record<string, Pick<Run, "compiled" | "training">>> = {
  adam: { compiled: { batch: 20 } },
  "two threads": { compiled: { batch: 20, threads: 2 } },
  micro: { compiled: { batch: 20, microBatch: 5 } },
  recompute: { compiled: { batch: 20, recompute: 2 } },
  sgd: { compiled: { batch: 20, optimizer: "sgd" }, training: { schedule: "cosine", warmupSteps: 3 } },
  momentum: { compiled: { batch: 20, optimizer: "momentum" } },
  adamw: { compiled: { batch: 20, optimizer: "adamw" }, training: { schedule: "linear" } },
  lion: { compiled: { batch: 20, optimizer: "lion" } },
  adafactor: { compiled: { batch: 20, optimizer: "adafactor" } },
};

async function addDigits(figures: Figures, mnist: Mnist): Promise<void> {
  for (const [way, options] of Object.entries(ways))
    await addRun(figures, `lab/training/digits/${way}`, {
      network: networks.digits,
      source: mnist.train,
      test: mnist.test,
      ...options,
    });
}

async function addSweep(figures: Figures, mnist: Mnist): Promise<void> {
  const rows = await sweep(mnist.train, mnist.test, {
    depths: [0, 1, 2],
    batches: [8, 32],
    optimizers: ["adam", "sgd"],
    widths: [32, 16],
    epochs: 2,
    classes: 10,
    threads: 1,
    seed: 3,
  });
  const caseOf = ({ depth, batch, optimizer }: (typeof rows)[number]): string =>
    `${depth},${batch},${optimizer}`;
  for (const row of rows)
    figures.add(
      `lab/training/sweep/${caseOf(row)}`,
      row.parameterCount,
      row.peakBytes,
      row.bytesFixed,
      row.bytesPerSample,
      row.loss,
      row.accuracy,
    );
  // Seconds differ from run to run; without them the front is a figure.
  const untimed = rows.map((row) => ({ ...row, seconds: 1 }));
  figures.add("lab/training/sweep/front", ...paretoFront(untimed).map(caseOf));
  figures.add("lab/training/sweep/effects", findEffects(untimed).length);
}

/** Records a small language model of the licence's text: its tokens, the bigram loss, a training run and generated text. */
async function addLanguage(figures: Figures): Promise<void> {
  const path = "lab/training/language";
  const text = readFileSync(inRepository("LICENSE"), "utf8");
  const vocabulary = learnVocabulary([text], "characters", { minCount: 2 });
  const words = learnVocabulary([text], "words", { maxSize: 300 });
  const tokens = encodeTokens(vocabulary, text);
  const size = vocabulary.tokens.length + specialTokens;
  figures.add(`${path}/vocabulary`, size, words.tokens.length, tokens.length, shortHash(tokens.join()));
  const context = 32;
  const parts = splitTokens(tokens, context, "LICENSE");
  figures.add(`${path}/bigram`, bigramLoss(parts.train, parts.test, size));
  const run = {
    network: transformer({ vocabulary: size, context, width: 32, layers: 2, heads: 4, dropout: 0.1 }),
    source: windowSource(parts.train, context, true),
    test: windowSource(parts.test, context, false),
    compiled: { batch: 8, optimizer: "adamw" },
  } as const;
  await addRun(figures, path, run, (trainer) =>
    figures.add(`${path}/generated`, ...generateTokens(trainer, [5, 6, 7], { length: 40, seed: 2 })),
  );
}

/** Records training runs on generated digits, a sweep, and a language model; downloads nothing. */
export async function recordTraining(figures: Figures): Promise<void> {
  const folder = writeDigits(200, 100);
  try {
    const mnist = await loadMnist({ folder });
    await addDigits(figures, mnist);
    await addSweep(figures, mnist);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await addLanguage(figures);
}
