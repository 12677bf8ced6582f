import { isLoadlineError } from "../../src/shared/errors.ts";
import { bytesSource } from "../../src/model/file/source/byte-source.ts";
import { readGguf } from "../../src/model/file/gguf/gguf.ts";
import { llamaCppLedger } from "../../src/model/ledger/llama-cpp/llama-cpp-ledger.ts";
import { describeGguf } from "../../src/model/description/gguf/describe-gguf.ts";
import type { Engine, EngineSettings } from "./engine.ts";
import { writeGgufHeader } from "./write-gguf.ts";
import type { Header } from "./write-gguf.ts";

/** What the engine reports for one model; null for settings that it refuses. */
export interface EngineFigures {
  readonly weightBytes: number;
  readonly contextBytes: readonly (number | null)[];
}

/** Gets the figures from the engine itself. */
export async function askEngine(
  engine: Engine,
  header: Header,
  settings: readonly EngineSettings[],
): Promise<EngineFigures> {
  const bytes = writeGgufHeader(header);
  const contextBytes = await engine.contextBytes(bytes, settings);
  return {
    weightBytes: await engine.weightBytes(bytes),
    contextBytes: contextBytes.map((each) => each ?? null),
  };
}

/** Kinds that are part of the engine's breakdown of a context. */
const contextKinds: ReadonlySet<string> = new Set(["kv-cache", "recurrent-state", "compute"]);

/**
 * Two objects that are equal if the ledger is right: bytes of weights, and per settings the bytes of a context, all
 * with confidence "exact".
 */
export interface Compared {
  readonly expected: object;
  readonly ours: object;
}

/**
 * Returns the ledger's figures for a header and those of the engine, with the settings, so that a failed test shows
 * both.
 */
export async function compareLedger(
  header: Header,
  settings: readonly EngineSettings[],
  figures: EngineFigures,
): Promise<Compared> {
  const description = describeGguf(await readGguf(bytesSource("drawn.gguf", writeGgufHeader(header))));
  const held = llamaCppLedger(description, { contextTokens: 512, held: true }).items;
  const weights = held
    .filter(({ kind }) => kind === "weights")
    .reduce((sum, { bytes }) => sum + (bytes ?? Number.NaN), 0);
  const contexts = settings.map((each) => {
    try {
      const { items } = llamaCppLedger(description, { ...each, batch: each.ubatch });
      const counted = items.filter(({ kind }) => contextKinds.has(kind));
      return {
        ...each,
        exact: counted.every(({ confidence }) => confidence === "exact"),
        bytes: counted.reduce((sum, { bytes }) => sum + (bytes ?? Number.NaN), 0),
      };
    } catch (error) {
      // The ledger refuses what the engine refuses
      if (isLoadlineError(error, "invalid-option")) return { ...each, exact: true, bytes: null };
      throw error;
    }
  });
  const expected = settings.map((each, index) => ({
    ...each,
    exact: true,
    bytes: figures.contextBytes[index] ?? null,
  }));
  return { expected: { weights: figures.weightBytes, contexts: expected }, ours: { weights, contexts } };
}
