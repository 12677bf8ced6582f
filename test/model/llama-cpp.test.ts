import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { bytesSource } from "../../src/model/file/byte-source.ts";
import { readGguf } from "../../src/model/file/gguf.ts";
import { llamaCppLedger } from "../../src/model/ledger/llama-cpp/llama-cpp-ledger.ts";
import { specFromGguf } from "../../src/model/spec/gguf/spec-from-gguf.ts";
import { catalogue } from "./architectures/catalogue.ts";
import { settingsGrid } from "./settings-grid.ts";
import { writeGgufHeader } from "./write-gguf.ts";

const fixture = z
  .object({
    engine: z.string(),
    models: z.record(
      z.string(),
      z.object({ weightBytes: z.number(), contextBytes: z.array(z.number().nullable()) }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(fileURLToPath(new URL("../fixtures/llama-cpp-breakdown.json", import.meta.url)), "utf8"),
    ),
  );

/** Kinds that the engine's breakdown of a context holds. */
const contextKinds: ReadonlySet<string> = new Set(["kv-cache", "recurrent-state", "compute"]);

test("every architecture of the catalogue was asked for", () => {
  expect(Object.keys(fixture.models).sort()).toEqual(Object.keys(catalogue).sort());
});

describe.each(Object.keys(catalogue))("%s", (name) => {
  const engine = fixture.models[name];
  const make = catalogue[name];
  if (engine === undefined || make === undefined) throw new Error(`${name} is not in the fixtures`);

  test("weights, caches, states and compute buffers are the engine's, to the byte", async () => {
    const spec = specFromGguf(await readGguf(bytesSource(`${name}.gguf`, writeGgufHeader(make()))));
    expect(spec.known).toBe(true);
    const held = llamaCppLedger(spec, { contextTokens: 512, held: true }).lines;
    expect(held.filter((line) => line.kind === "weights").map((line) => line.bytes)).toEqual([
      engine.weightBytes,
    ]);
    const ours = settingsGrid.map((settings, index) => {
      if (engine.contextBytes[index] === null) {
        // what the engine refuses has no figure here either
        expect(() => llamaCppLedger(spec, settings)).toThrow(/allowed/u);
        return null;
      }
      const ledger = llamaCppLedger(spec, { ...settings, batch: settings.ubatch });
      const lines = ledger.lines.filter((line) => contextKinds.has(line.kind));
      expect(lines.every((line) => line.confidence === "exact")).toBe(true);
      return lines.reduce((sum, line) => sum + (line.bytes ?? Number.NaN), 0);
    });
    expect(ours).toEqual(engine.contextBytes);
  });
});
