import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { countSteps } from "./count-steps.ts";
import type { StepCounter } from "./count-steps.ts";
import { drawModel } from "./draw-model.ts";
import { mutate, createRandom } from "./mutate.ts";
import { describeAndCount, readHeader, stages } from "./outcome.ts";
import type { HeaderOutcome, Outcome, Stage } from "./outcome.ts";
import { validModels } from "./valid-headers.ts";
import type { ValidModel } from "./valid-headers.ts";
import { MiB } from "../../src/shared/units.ts";

/**
 * Limits for one file. Steps are blocks of code that ran: 100 ms of one core run 2,000,000 of them even before the
 * code is optimized. The most in 20,000 rounds was 68,464 for a header and 1,118,594 for a ledger.
 */
const limits = {
  headerSteps: 500_000,
  ledgerSteps: 2_000_000,
  /** For the work of native functions within one step. Only the time of this thread counts, not that of other processes. */
  cpuMs: 100,
  /** Reads of a header and the files next to it: at most 9 reads of twice their bytes were seen. */
  reads: 32,
  readBytesPerByte: 3,
  /** Heap for a file and its ledger, and what may be left after all of them. */
  heapBytes: 64 * MiB,
} as const;

/** Taking the count costs 10 ms, so rounds are counted together. Only a batch over a file's limit is run one by one. */
const batchRounds = 50;
/** A header over the limit of processor time is read again: the garbage collector may have run meanwhile. */
const maxRepeats = 3;
/** Faults after which a run ends. */
const maxFaults = 10;

/** The largest figures of one run. */
interface Largest {
  batchHeaderSteps: number;
  batchLedgerSteps: number;
  cpuMs: number;
  heapBytes: number;
}

export interface FuzzReport {
  readonly rounds: number;
  /** Files by format and the stage that they reached. */
  readonly reached: Readonly<Record<string, Readonly<Record<Stage, number>>>>;
  /** Errors by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly largest: Readonly<Largest>;
  /** Heap left after all rounds, collected, above that before them. */
  readonly leftBytes: number;
  /** Violations: the round, and what happened. */
  readonly faults: readonly string[];
}

/** Returns the bytes of heap and buffers in use, without a walk over the objects. */
function measureHeap(): number {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
}

function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

interface Round {
  readonly number: number;
  readonly model: ValidModel;
  readonly reportsLength: boolean;
}

/** Makes the model of a round: one with random changes in a file, or one drawn with odd values in the right places. */
export function modelOfRound(seed: number, number: number): Round {
  const random = createRandom(seed * 1_000_003 + number);
  const reportsLength = random(4) > 0;
  const drawn = random(2) === 0;
  const valid = drawn ? drawModel(random) : (validModels[random(validModels.length)] as ValidModel);
  if (drawn && random(4) > 0) return { number, model: valid, reportsLength };
  const names = Object.keys(valid.files);
  // Mostly the file that is opened, sometimes one in the same folder.
  const name = random(4) === 0 ? (names[random(names.length)] ?? valid.open) : valid.open;
  const other = validModels[random(validModels.length)] as ValidModel;
  const bytes = mutate(valid.files[name] as Uint8Array, random, other.files[other.open] as Uint8Array);
  return { number, model: { open: valid.open, files: { ...valid.files, [name]: bytes } }, reportsLength };
}

/** Runs rounds in batches, and keeps the largest figures and the faults. */
class FuzzRun {
  readonly reached: Record<string, Record<Stage, number>> = {};
  readonly codes: Record<string, number> = {};
  readonly faults: string[] = [];
  readonly largest: Largest = { batchHeaderSteps: 0, batchLedgerSteps: 0, cpuMs: 0, heapBytes: 0 };
  private readonly steps: StepCounter;

  constructor(steps: StepCounter) {
    this.steps = steps;
  }

  /** Runs rounds together, and one by one where together they took more steps than one may. */
  async runBatch(rounds: readonly Round[]): Promise<void> {
    this.steps.take();
    const heapBefore = rounds.map(() => 0);
    const headers: HeaderOutcome[] = [];
    for (const [index, round] of rounds.entries()) {
      const before = measureHeap();
      headers.push(await this.readTimed(round));
      heapBefore[index] = measureHeap() - before;
    }
    const headerSteps = this.steps.take();
    for (const [index, round] of rounds.entries()) {
      const before = measureHeap();
      const { file, refused } = headers[index] ?? {};
      const outcome = file === undefined ? refused : describeAndCount(file);
      if (outcome !== undefined) this.note(round, outcome);
      this.noteHeap(round, (heapBefore[index] ?? 0) + measureHeap() - before);
    }
    const ledgerSteps = this.steps.take();
    this.largest.batchHeaderSteps = Math.max(this.largest.batchHeaderSteps, headerSteps);
    this.largest.batchLedgerSteps = Math.max(this.largest.batchLedgerSteps, ledgerSteps);
    if (headerSteps > limits.headerSteps || ledgerSteps > limits.ledgerSteps) {
      for (const round of rounds) await this.checkSteps(round);
    }
  }

  /** Reads a header, and again while it takes too much processor time. */
  private async readTimed(round: Round): Promise<HeaderOutcome> {
    const header = await readHeader(round.model, round.reportsLength);
    let { cpuMs } = header;
    for (let repeat = 0; cpuMs > limits.cpuMs && repeat < maxRepeats; repeat++)
      cpuMs = Math.min(cpuMs, (await readHeader(round.model, round.reportsLength)).cpuMs);
    this.largest.cpuMs = Math.max(this.largest.cpuMs, cpuMs);
    if (cpuMs > limits.cpuMs) this.fault(round, `its header took ${cpuMs.toFixed(0)} ms of the processor`);
    const { bytes, count } = header.reads;
    const fileBytes = Object.values(round.model.files).reduce((sum, each) => sum + each.length, 0);
    if (count > limits.reads || bytes > limits.readBytesPerByte * fileBytes)
      this.fault(round, `${count} reads of ${bytes} bytes for a header in ${fileBytes} bytes`);
    return header;
  }

  private async checkSteps(round: Round): Promise<void> {
    this.steps.take();
    const { file } = await readHeader(round.model, round.reportsLength);
    const headerSteps = this.steps.take();
    if (headerSteps > limits.headerSteps) this.fault(round, `its header took ${headerSteps} steps`);
    if (file !== undefined) describeAndCount(file);
    const ledgerSteps = this.steps.take();
    if (ledgerSteps > limits.ledgerSteps) this.fault(round, `its ledger took ${ledgerSteps} steps`);
  }

  private note(round: Round, outcome: Outcome): void {
    const { format, stage, code, fault } = outcome;
    const row = (this.reached[format] ??= { none: 0, recognized: 0, read: 0, described: 0, counted: 0 });
    row[stage]++;
    if (code !== undefined) this.codes[code] = (this.codes[code] ?? 0) + 1;
    if (fault !== undefined) this.fault(round, fault);
  }

  private noteHeap(round: Round, bytes: number): void {
    this.largest.heapBytes = Math.max(this.largest.heapBytes, bytes);
    if (bytes > limits.heapBytes) this.fault(round, `took ${bytes} bytes of heap`);
  }

  private fault(round: Round, message: string): void {
    this.faults.push(`round ${round.number}: ${message}`);
  }
}

/** Reads `rounds` headers one after another in this process. */
export async function runRounds(rounds: number, seed: number): Promise<FuzzReport> {
  const collect = exposeCollector();
  const steps = countSteps();
  const run = new FuzzRun(steps);
  collect();
  const before = measureHeap();
  try {
    for (let start = 0; start < rounds && run.faults.length < maxFaults; start += batchRounds) {
      const length = Math.min(batchRounds, rounds - start);
      await run.runBatch(Array.from({ length }, (_, index) => modelOfRound(seed, start + index)));
    }
  } finally {
    steps.stop();
  }
  collect();
  const leftBytes = measureHeap() - before;
  const { reached, codes, faults, largest } = run;
  if (leftBytes > limits.heapBytes) faults.push(`${leftBytes} bytes are left after all rounds`);
  return { rounds, reached, codes, largest, leftBytes, faults };
}

/** Counts the files that reached a stage or went past it. */
export function countReached(report: FuzzReport, stage: Stage, format?: string): number {
  const rows = Object.entries(report.reached).filter(([name]) => format === undefined || name === format);
  return rows.reduce(
    (sum, [, row]) => sum + stages.slice(stages.indexOf(stage)).reduce((all, each) => all + row[each], 0),
    0,
  );
}
