import { bytesSource } from "../../src/model/file/source/byte-source.ts";
import { readGguf } from "../../src/model/file/gguf/gguf.ts";
import { llamaCppLedger } from "../../src/model/ledger/llama-cpp/llama-cpp-ledger.ts";
import { describeGguf } from "../../src/model/description/gguf/describe-gguf.ts";
import type { Engine, EngineSettings } from "./engine.ts";
import { writeGgufHeader, type Header } from "./write-gguf.ts";

/** What the engine says of one model; null where it refuses the settings. */
export interface Asked {
  readonly weightBytes: number;
  readonly contextBytes: readonly (number | null)[];
}

/** Asks the engine itself. */
export async function askEngine(
  engine: Engine,
  header: Header,
  settings: readonly EngineSettings[],
): Promise<Asked> {
  const bytes = writeGgufHeader(header);
  const contextBytes = await engine.contextBytes(bytes, settings);
  return {
    weightBytes: await engine.weightBytes(bytes),
    contextBytes: contextBytes.map((each) => each ?? null),
  };
}

/** Kinds that the engine's breakdown of a context holds. */
const contextKinds: ReadonlySet<string> = new Set(["kv-cache", "recurrent-state", "compute"]);

/** Two objects that are equal where the ledger is: weights, and by settings the bytes of a context, all called exact. */
export interface Compared {
  readonly expected: object;
  readonly ours: object;
}

/** The ledger's figures of a header beside the engine's, with the settings, so that a difference shows them. */
export async function compareLedger(
  header: Header,
  settings: readonly EngineSettings[],
  asked: Asked,
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
      // what the engine refuses has no figure here either
      if (error instanceof Error && /allowed/u.test(error.message))
        return { ...each, exact: true, bytes: null };
      throw error;
    }
  });
  const expected = settings.map((each, index) => ({
    ...each,
    exact: true,
    bytes: asked.contextBytes[index] ?? null,
  }));
  return { expected: { weights: asked.weightBytes, contexts: expected }, ours: { weights, contexts } };
}
