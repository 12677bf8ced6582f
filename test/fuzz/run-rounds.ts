import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { drawModel } from "./draw-model.ts";
import { mutate, seededRandom } from "./mutate.ts";
import { outcomeOf, type Stage, stages } from "./outcome.ts";
import { type ValidModel, validModels } from "./valid-headers.ts";
import { MiB } from "../../src/shared/units.ts";

/** Longest time for one header. */
const maxMilliseconds = 100;
/** Most memory for one file and its ledger, and most that may be left after all of them. */
const maxHeapBytes = 64 * MiB;
/** A header that took too long is read again this often: another process may have had the processor. */
const secondLooks = 3;
/** Faults after which a run ends. */
const maxFaults = 10;

export interface FuzzReport {
  readonly rounds: number;
  /** Files by format and the stage that they reached. */
  readonly reached: Readonly<Record<string, Readonly<Record<Stage, number>>>>;
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

/** The model of a round: one of its files changed at random bytes, or one drawn with odd values in the right places. */
export function modelOfRound(
  seed: number,
  round: number,
): { readonly model: ValidModel; readonly toldLength: boolean } {
  const random = seededRandom(seed * 1_000_003 + round);
  const toldLength = random(4) > 0;
  const drawn = random(2) === 0;
  const valid = drawn ? drawModel(random) : (validModels[random(validModels.length)] as ValidModel);
  if (drawn && random(4) > 0) return { model: valid, toldLength };
  const names = Object.keys(valid.files);
  // most often the file that is opened, at times one beside it
  const name = random(4) === 0 ? (names[random(names.length)] ?? valid.open) : valid.open;
  const other = validModels[random(validModels.length)] as ValidModel;
  const bytes = mutate(valid.files[name] as Uint8Array, random, other.files[other.open] as Uint8Array);
  return { model: { open: valid.open, files: { ...valid.files, [name]: bytes } }, toldLength };
}

function noneReached(): Record<Stage, number> {
  return { none: 0, told: 0, read: 0, described: 0, counted: 0 };
}

/** Reads `rounds` headers one after another in this process. */
export async function runRounds(rounds: number, seed: number): Promise<FuzzReport> {
  const collect = collector();
  const codes: Record<string, number> = {};
  const reached: Record<string, Record<Stage, number>> = {};
  const faults: string[] = [];
  let slowestMilliseconds = 0;
  let largestHeapBytes = 0;
  collect();
  const before = heldBytes();
  for (let round = 0; round < rounds && faults.length < maxFaults; round++) {
    const { model, toldLength } = modelOfRound(seed, round);
    const heldBefore = heldBytes();
    const outcome = await outcomeOf(model, toldLength);
    const heap = heldBytes() - heldBefore;
    let { milliseconds } = outcome;
    for (let look = 0; milliseconds > maxMilliseconds && look < secondLooks; look++) {
      milliseconds = Math.min(milliseconds, (await outcomeOf(model, toldLength)).milliseconds);
    }
    slowestMilliseconds = Math.max(slowestMilliseconds, milliseconds);
    largestHeapBytes = Math.max(largestHeapBytes, heap);
    const row = (reached[outcome.format] ??= noneReached());
    row[outcome.stage] += 1;
    if (outcome.code !== undefined) codes[outcome.code] = (codes[outcome.code] ?? 0) + 1;
    if (outcome.fault !== undefined) faults.push(`round ${round}: ${outcome.fault}`);
    if (milliseconds > maxMilliseconds) faults.push(`round ${round}: took ${milliseconds.toFixed(0)} ms`);
    if (heap > maxHeapBytes) faults.push(`round ${round}: took ${heap} bytes`);
  }
  collect();
  const leftBytes = heldBytes() - before;
  if (leftBytes > maxHeapBytes) faults.push(`${leftBytes} bytes are left after all rounds`);
  return { rounds, reached, codes, slowestMilliseconds, largestHeapBytes, leftBytes, faults };
}

/** How many files reached a stage or went past it. */
export function countReached(report: FuzzReport, stage: Stage, format?: string): number {
  const rows = Object.entries(report.reached).filter(([name]) => format === undefined || name === format);
  return rows.reduce(
    (sum, [, row]) => sum + stages.slice(stages.indexOf(stage)).reduce((all, each) => all + row[each], 0),
    0,
  );
}
