import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isLoadlineError } from "../../src/shared/errors.ts";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import { kerasNetwork } from "../../src/model/spec/keras/keras-from-file.ts";
import { specFromFile } from "../../src/model/spec/spec-from-file.ts";
import { mutate, seededRandom } from "./mutate.ts";
import { memorySource, type ValidModel, validModels } from "./valid-headers.ts";

/** Longest time for one header. */
const maxMilliseconds = 100;
/** Most memory for one header, and most that may be left after all of them. */
const maxHeapBytes = 64 * 2 ** 20;
/** A header that took too long is read again this often: another process may have had the processor. */
const secondLooks = 3;

export interface FuzzReport {
  readonly rounds: number;
  /** Headers that were read in spite of what was changed. */
  readonly read: number;
  /** Errors by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly slowestMilliseconds: number;
  readonly largestHeapBytes: number;
  /** Heap left after all rounds, collected, above that before them. */
  readonly leftBytes: number;
  /** What must not be: the round, and what happened. */
  readonly faults: readonly string[];
}

/** Heap and buffers in use, without walking anything. */
function heldBytes(): number {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Outcome of one header: "read", an error's code, or what must not be. */
async function outcomeOf(model: ValidModel, toldLength: boolean): Promise<string> {
  try {
    const file = await readModelFile(memorySource(model.files, model.open, toldLength));
    try {
      if (file.format === "keras") kerasNetwork(file);
      else specFromFile(file);
    } catch (error) {
      // a header may be sound, and of no model that is known
      if (!isLoadlineError(error) || error.code === "internal") throw error;
    }
    return "read";
  } catch (error) {
    if (!isLoadlineError(error))
      return `an error of another kind: ${error instanceof Error ? error.stack : String(error)}`;
    return error.code === "internal" || error.message.length > 2000
      ? `a poor message: ${error.message.slice(0, 200)}`
      : error.code;
  }
}

async function millisecondsOf(model: ValidModel, toldLength: boolean): Promise<number> {
  const start = performance.now();
  await outcomeOf(model, toldLength);
  return performance.now() - start;
}

/** The changed model of a round: one of its files has something wrong. */
export function modelOfRound(
  seed: number,
  round: number,
): { readonly model: ValidModel; readonly toldLength: boolean } {
  const random = seededRandom(seed * 1_000_003 + round);
  const valid = validModels[random(validModels.length)] as ValidModel;
  const names = Object.keys(valid.files);
  // most often the file that is opened, at times one beside it
  const name = random(4) === 0 ? (names[random(names.length)] ?? valid.open) : valid.open;
  const other = validModels[random(validModels.length)] as ValidModel;
  const bytes = mutate(valid.files[name] as Uint8Array, random, other.files[other.open] as Uint8Array);
  return { model: { open: valid.open, files: { ...valid.files, [name]: bytes } }, toldLength: random(4) > 0 };
}

const codesAllowed: ReadonlySet<string> = new Set(["read", "invalid-data", "unknown-format", "not-found"]);

/** Reads `rounds` changed headers one after another in this process. */
export async function runRounds(rounds: number, seed: number): Promise<FuzzReport> {
  const collect = collector();
  const codes: Record<string, number> = {};
  const faults: string[] = [];
  let slowestMilliseconds = 0;
  let largestHeapBytes = 0;
  collect();
  const before = heldBytes();
  for (let round = 0; round < rounds; round++) {
    const { model, toldLength } = modelOfRound(seed, round);
    const heldBefore = heldBytes();
    const start = performance.now();
    const outcome = await outcomeOf(model, toldLength);
    let milliseconds = performance.now() - start;
    const heap = heldBytes() - heldBefore;
    for (let look = 0; milliseconds > maxMilliseconds && look < secondLooks; look++) {
      milliseconds = Math.min(milliseconds, await millisecondsOf(model, toldLength));
    }
    slowestMilliseconds = Math.max(slowestMilliseconds, milliseconds);
    largestHeapBytes = Math.max(largestHeapBytes, heap);
    if (codesAllowed.has(outcome)) codes[outcome] = (codes[outcome] ?? 0) + 1;
    else faults.push(`round ${round}: ${outcome}`);
    if (milliseconds > maxMilliseconds) faults.push(`round ${round}: took ${milliseconds.toFixed(0)} ms`);
    if (heap > maxHeapBytes) faults.push(`round ${round}: took ${heap} bytes`);
    if (faults.length >= 10) break;
  }
  collect();
  const leftBytes = heldBytes() - before;
  if (leftBytes > maxHeapBytes) faults.push(`${leftBytes} bytes are left after all rounds`);
  const { read = 0, ...errors } = codes;
  return { rounds, read, codes: errors, slowestMilliseconds, largestHeapBytes, leftBytes, faults };
}
