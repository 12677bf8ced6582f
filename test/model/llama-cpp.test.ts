import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalogue } from "./architectures/catalogue.ts";
import { compareLedger } from "./compare-ledger.ts";
import { settingsGrid } from "./settings-grid.ts";

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

test("the fixture has every architecture of the catalogue", () => {
  expect(Object.keys(fixture.models).sort()).toEqual(Object.keys(catalogue).sort());
});

describe("the ledger equals the engine's weights, caches, states and compute buffers, to the byte", () => {
  test.each(Object.entries(catalogue))("%s", async (name, make) => {
    const figures = fixture.models[name] ?? { weightBytes: 0, contextBytes: [] };
    const { expected, ours } = await compareLedger(make(), settingsGrid, figures);
    expect({ name, ...ours }).toEqual({ name, ...expected });
  });
});
