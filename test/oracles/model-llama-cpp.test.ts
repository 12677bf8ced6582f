import { afterAll, describe, expect, test } from "vitest";
import { bytesSource } from "../../src/model/file/byte-source.ts";
import { readGguf } from "../../src/model/file/gguf.ts";
import { llamaCppLedger } from "../../src/model/ledger/llama-cpp/llama-cpp-ledger.ts";
import { specFromGguf } from "../../src/model/spec/gguf/spec-from-gguf.ts";
import { catalogue } from "../model/architectures/catalogue.ts";
import { drawSettings } from "../model/draw-settings.ts";
import { hasEngine, startEngine } from "../model/engine.ts";
import { randomFrom } from "../model/random-numbers.ts";
import { writeGgufHeader } from "../model/write-gguf.ts";

/** Settings drawn anew for each architecture; `LOADLINE_ORACLE_SETTINGS` asks for more of them. */
const perModel = Number(process.env["LOADLINE_ORACLE_SETTINGS"] ?? 8);
const seed = Number(process.env["LOADLINE_ORACLE_SEED"] ?? 1);

const contextKinds: ReadonlySet<string> = new Set(["kv-cache", "recurrent-state", "compute"]);
const engine = hasEngine() ? await startEngine() : undefined;
afterAll(() => {
  if (engine === undefined)
    process.stderr.write("skipped: node-llama-cpp is not there (npm run bench:install)\n");
});

describe.skipIf(engine === undefined)("llama.cpp's own figures, over settings drawn at random", () => {
  test.each(Object.keys(catalogue))("%s", { timeout: 120_000 }, async (name) => {
    if (engine === undefined) return;
    const header = writeGgufHeader(
      (catalogue[name] ?? catalogue["llama"])?.() ?? { metadata: {}, tensors: [] },
    );
    const spec = specFromGguf(await readGguf(bytesSource(`${name}.gguf`, header)));
    const random = randomFrom(seed * 1000 + Object.keys(catalogue).indexOf(name));
    const settings = Array.from({ length: perModel }, () => drawSettings(random));
    const asked = await engine.contextBytes(header, settings);
    for (const [index, each] of settings.entries()) {
      const theirs = asked[index];
      if (theirs === undefined) continue;
      const { lines } = llamaCppLedger(spec, { ...each, batch: each.ubatch });
      const held = lines.filter((line) => contextKinds.has(line.kind));
      expect(held.every((line) => line.confidence === "exact")).toBe(true);
      const ours = held.reduce((sum, line) => sum + (line.bytes ?? Number.NaN), 0);
      expect({ ...each, bytes: ours }).toEqual({ ...each, bytes: theirs });
    }
  });
});
