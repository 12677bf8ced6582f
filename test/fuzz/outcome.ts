import { isLoadlineError } from "../../src/shared/errors.ts";
import { kerasLedger, kerasNetwork, llamaCppLedger, describeModel } from "../../src/model/index.ts";
import type { ModelFile, ModelDescription } from "../../src/model/index.ts";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import { memorySource, type ValidModel } from "./valid-headers.ts";

/** How far a file got: its format was told, its header read, a description or network made, a ledger made. */
export const stages = ["none", "told", "read", "described", "counted"] as const;
export type Stage = (typeof stages)[number];

/** What became of one file. */
export interface Outcome {
  readonly stage: Stage;
  readonly format: string;
  /** Code of the error that ended it; undefined where there was none. */
  readonly code?: string | undefined;
  /** What must not be. */
  readonly fault?: string | undefined;
  /** Time until its header was read or refused. */
  readonly milliseconds: number;
}

const codesAllowed: ReadonlySet<string> = new Set([
  "invalid-data",
  "unknown-format",
  "not-found",
  "invalid-option",
]);

function ended(error: unknown, at: Omit<Outcome, "code" | "fault">): Outcome {
  if (!isLoadlineError(error)) {
    const words = error instanceof Error ? error.stack : String(error);
    return { ...at, fault: `an error of another kind: ${words}` };
  }
  const poor = !codesAllowed.has(error.code) || error.message.length > 2000;
  return poor
    ? { ...at, fault: `a poor error: ${error.code} ${error.message.slice(0, 200)}` }
    : { ...at, code: error.code };
}

/** Figures are numbers from 0 on, and "at least" where something is not known. */
function descriptionFault(description: ModelDescription): string | undefined {
  const ledger = llamaCppLedger(description, { contextTokens: 512 });
  const bytes = ledger.items.map((line) => line.bytes).filter((each) => each !== undefined);
  if (![...bytes, ledger.totalBytes].every((each) => Number.isFinite(each) && each >= 0))
    return "a ledger with a figure that is none";
  return !description.known && description.unknown.length > 0 && !ledger.atLeast
    ? "a total that is not told as at least"
    : undefined;
}

function describeAndCount(file: ModelFile, milliseconds: number): Outcome {
  const { format } = file;
  let stage: Stage = "read";
  try {
    let fault: string | undefined;
    if (file.format === "keras") {
      const network = kerasNetwork(file);
      stage = "described";
      const { totalBytes } = kerasLedger(network, { batch: 2 });
      if (!(totalBytes >= 0)) fault = "a ledger of a network with a figure that is none";
    } else {
      const description = describeModel(file);
      stage = "described";
      fault = descriptionFault(description);
    }
    return { stage: "counted", format, fault, milliseconds };
  } catch (error) {
    return ended(error, { stage, format, milliseconds });
  }
}

/** Reads a file as far as it goes: header, description or network, ledger. */
export async function outcomeOf(model: ValidModel, toldLength: boolean): Promise<Outcome> {
  const start = performance.now();
  let file: ModelFile;
  try {
    file = await readModelFile(memorySource(model.files, model.open, toldLength));
  } catch (error) {
    const told = isLoadlineError(error) && error.code !== "unknown-format";
    return ended(error, {
      stage: told ? "told" : "none",
      format: model.open.split(".").at(-1) ?? "",
      milliseconds: performance.now() - start,
    });
  }
  return describeAndCount(file, performance.now() - start);
}
