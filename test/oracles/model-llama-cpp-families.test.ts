import { describe, expect, test } from "vitest";
import { askEngine, compareLedger } from "../model/compare-ledger.ts";
import { drawSettings } from "../model/draw-settings.ts";
import { findEngineFault, startEngine } from "../model/engine.ts";
import { drawModel, familyCases } from "../model/families/family-settings.ts";
import { randomFrom } from "../model/random-numbers.ts";

/** How many models are drawn for each family; `LOADLINE_ORACLE_MODELS` raises it. */
const perFamily = Number(process.env["LOADLINE_ORACLE_MODELS"] ?? 1);
const perModel = Number(process.env["LOADLINE_ORACLE_SETTINGS"] ?? 4);
const seed = Number(process.env["LOADLINE_ORACLE_SEED"] ?? 1);

const fault = findEngineFault();
const engine = fault === undefined ? await startEngine() : undefined;
if (fault !== undefined) process.stderr.write(`skipped: llama.cpp's own figures: ${fault}\n`);

/** Counts of the settings that the engine accepted, and of all: a rejected setting compares nothing. */
const counted = { taken: 0, all: 0 };

describe.skipIf(engine === undefined)("llama.cpp's own figures, over models drawn at random", () => {
  test.each(Object.keys(familyCases))("%s", { timeout: 120_000 }, async (family) => {
    if (engine === undefined) return;
    const random = randomFrom(seed * 1000 + Object.keys(familyCases).indexOf(family));
    for (let model = 0; model < perFamily; model++) {
      const { header, oneSequence } = await drawModel(engine, family, random);
      const settings = Array.from({ length: perModel }, () => drawSettings(random)).map((each) =>
        oneSequence ? { ...each, sequences: 1 } : each,
      );
      const asked = await askEngine(engine, header, settings);
      counted.all += settings.length;
      counted.taken += asked.contextBytes.filter((bytes) => bytes !== null).length;
      const { expected, ours } = await compareLedger(header, settings, asked);
      expect({ metadata: header.metadata, ...ours }).toEqual({ metadata: header.metadata, ...expected });
    }
  });

  test("most settings were accepted, and so compared", () => {
    expect(counted.taken / counted.all).toBeGreaterThan(0.8);
  });
});
