import { describe, expect, test } from "vitest";
import { catalogue } from "../model/architectures/catalogue.ts";
import { askEngine, compareLedger } from "../model/compare-ledger.ts";
import { drawSettings } from "../model/draw-settings.ts";
import { findEngineFault, startEngine } from "../model/engine.ts";
import { randomFrom } from "../model/random-numbers.ts";

/** How many settings are drawn for each architecture; `LOADLINE_ORACLE_SETTINGS` raises it. */
const perModel = Number(process.env["LOADLINE_ORACLE_SETTINGS"] ?? 8);
const seed = Number(process.env["LOADLINE_ORACLE_SEED"] ?? 1);

const fault = findEngineFault();
const engine = fault === undefined ? await startEngine() : undefined;
if (fault !== undefined) process.stderr.write(`skipped: llama.cpp's own figures: ${fault}\n`);

describe.skipIf(engine === undefined)("llama.cpp's own figures, over settings drawn at random", () => {
  test.each(Object.entries(catalogue))("%s", { timeout: 120_000 }, async (name, make) => {
    if (engine === undefined) return;
    const random = randomFrom(seed * 1000 + Object.keys(catalogue).indexOf(name));
    const settings = Array.from({ length: perModel }, () => drawSettings(random));
    const { expected, ours } = await compareLedger(
      make(),
      settings,
      await askEngine(engine, make(), settings),
    );
    expect({ name, ...ours }).toEqual({ name, ...expected });
  });
});
