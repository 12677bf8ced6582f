import { isLoadlineError } from "../../src/shared/errors.ts";
import { kerasLedger, kerasNetwork, llamaCppLedger, describeModel } from "../../src/model/index.ts";
import type { ModelFile, ModelDescription } from "../../src/model/index.ts";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import { memorySource } from "./valid-headers.ts";
import type { ReadTotals, ValidModel } from "./valid-headers.ts";

/** How far a file got: format recognized, header read, model described, ledger counted. */
export const stages = ["none", "recognized", "read", "described", "counted"] as const;
export type Stage = (typeof stages)[number];

/** The outcome of one file. */
export interface Outcome {
  readonly stage: Stage;
  readonly format: string;
  /** Code of the error that ended it; undefined where there was none. */
  readonly code?: string | undefined;
  /** What must not happen, if it did. */
  readonly fault?: string | undefined;
}

/** A header that was read, or the outcome of one that was refused, and the work that it took. */
export interface HeaderOutcome {
  readonly file?: ModelFile;
  readonly refused?: Outcome;
  readonly reads: ReadTotals;
  /** Processor time of this thread: other processes do not add to it. */
  readonly cpuMs: number;
}

const codesAllowed: ReadonlySet<string> = new Set([
  "invalid-data",
  "unknown-format",
  "not-found",
  "invalid-option",
]);

function judgeError(error: unknown, at: Pick<Outcome, "stage" | "format">): Outcome {
  if (!isLoadlineError(error)) {
    const words = error instanceof Error ? error.stack : String(error);
    return { ...at, fault: `an error of another kind: ${words}` };
  }
  const isPoor = !codesAllowed.has(error.code) || error.message.length > 2000;
  return isPoor
    ? { ...at, fault: `a poor error: ${error.code} ${error.message.slice(0, 200)}` }
    : { ...at, code: error.code };
}

/** Reads the header of a file, and counts what that takes. */
export async function readHeader(model: ValidModel, reportsLength: boolean): Promise<HeaderOutcome> {
  const reads: ReadTotals = { bytes: 0, count: 0 };
  const source = memorySource(model.files, model.open, { reportsLength, reads });
  const start = process.threadCpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  };
  try {
    const file = await readModelFile(source);
    return { file, reads, cpuMs: cpuMs() };
  } catch (error) {
    const stage = isLoadlineError(error) && error.code !== "unknown-format" ? "recognized" : "none";
    const refused = judgeError(error, { stage, format: model.open.split(".").at(-1) ?? "" });
    return { refused, reads, cpuMs: cpuMs() };
  }
}

/** Sizes must be finite numbers from 0 on, and a total "at least" wherever a part of it is unknown. */
function ledgerFault(description: ModelDescription): string | undefined {
  const ledger = llamaCppLedger(description, { contextTokens: 512 });
  const bytes = ledger.items.map((item) => item.bytes).filter((each) => each !== undefined);
  if (![...bytes, ledger.totalBytes].every((each) => Number.isFinite(each) && each >= 0))
    return "a ledger with a size that is not a finite number from 0 on";
  return !description.known && description.unknown.length > 0 && !ledger.atLeast
    ? 'a total with an unknown part that does not say "at least"'
    : undefined;
}

/** Describes the model of a header that was read, and counts its ledger. */
export function describeAndCount(file: ModelFile): Outcome {
  const { format } = file;
  let stage: Stage = "read";
  try {
    let fault: string | undefined;
    if (file.format === "keras") {
      const network = kerasNetwork(file);
      stage = "described";
      const { totalBytes } = kerasLedger(network, { batch: 2 });
      if (!(totalBytes >= 0)) fault = "a network's ledger with a total that is not a number from 0 on";
    } else {
      const description = describeModel(file);
      stage = "described";
      fault = ledgerFault(description);
    }
    return { stage: "counted", format, fault };
  } catch (error) {
    return judgeError(error, { stage, format });
  }
}
