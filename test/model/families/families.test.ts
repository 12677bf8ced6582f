import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { families } from "../../../src/model/description/families/find-family.ts";
import { catalogue } from "../architectures/catalogue.ts";
import { compareLedger } from "../compare-ledger.ts";
import { compactHeader, fromCompactHeader } from "./compact-header.ts";

const settings = z.object({
  contextTokens: z.number(),
  ubatch: z.number(),
  sequences: z.number(),
  flashAttention: z.boolean(),
  keyType: z.string(),
  valueType: z.string(),
  fullWindows: z.boolean(),
});

const fixture = z
  .object({
    engine: z.string(),
    families: z.record(
      z.string(),
      z.object({
        header: compactHeader,
        weightBytes: z.number(),
        settings: z.array(settings),
        contextBytes: z.array(z.number().nullable()),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(fileURLToPath(new URL("../../fixtures/llama-cpp-families.json", import.meta.url)), "utf8"),
    ),
  );

test("every family marked as compared has recorded figures of the engine", () => {
  const ofCatalogue = Object.values(catalogue).map((make) => make().metadata["general.architecture"]);
  const kept = new Set([...Object.keys(fixture.families), ...ofCatalogue]);
  const compared = Object.entries(families).flatMap(([name, { llamaCpp }]) =>
    typeof llamaCpp === "object" && llamaCpp.compared ? [name] : [],
  );
  expect(compared.length).toBeGreaterThan(140);
  expect(compared.filter((family) => !kept.has(family))).toEqual([]);
});

describe("the ledger equals the engine's weights, caches, states and compute buffers, to the byte", () => {
  test.each(Object.entries(fixture.families))("%s", async (family, kept) => {
    expect(kept.contextBytes.some((bytes) => bytes !== null)).toBe(true);
    const figures = { weightBytes: kept.weightBytes, contextBytes: kept.contextBytes };
    const { expected, ours } = await compareLedger(fromCompactHeader(kept.header), kept.settings, figures);
    expect({ family, ...ours }).toEqual({ family, ...expected });
  });
});
