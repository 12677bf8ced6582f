import { bytesSource, llamaCppLedger, readModelFile, describeModel } from "../../src/model/index.ts";
import type { ModelDescription } from "../../src/model/index.ts";
import { catalogue } from "../model/architectures/catalogue.ts";
import type { EngineSettings } from "../model/engine.ts";
import { compactHeader, fromCompactHeader } from "../model/families/compact-header.ts";
import { settingsGrid } from "../model/settings-grid.ts";
import { writeGgufHeader } from "../model/write-gguf.ts";
import type { Header } from "../model/write-gguf.ts";
import { addByteLedger, addShortLedger } from "./byte-ledger.ts";
import { place, readFixture } from "./figures.ts";
import type { Figures } from "./figures.ts";

interface Families {
  readonly families: Readonly<
    Record<string, { readonly header: unknown; readonly settings: readonly EngineSettings[] }>
  >;
}

async function describe(header: Header): Promise<ModelDescription> {
  return describeModel(await readModelFile(bytesSource("drawn.gguf", writeGgufHeader(header))));
}

/** Models of the catalogue, with figures from llama.cpp (llama-cpp-breakdown.json). */
export async function catalogueModels(): Promise<readonly (readonly [string, ModelDescription])[]> {
  return Promise.all(
    Object.entries(catalogue).map(async ([name, make]) => [name, await describe(make())] as const),
  );
}

const { families } = readFixture<Families>("llama-cpp-families.json");

/** Reads the recorded families (llama-cpp-families.json). */
export async function familyModels(): Promise<readonly (readonly [string, ModelDescription])[]> {
  return Promise.all(
    Object.entries(families).map(
      async ([name, { header }]) =>
        [name, await describe(fromCompactHeader(compactHeader.parse(header)))] as const,
    ),
  );
}

/** Every second of the recorded settings: the tests compare all of them, and a full run should stay short. */
const settingsSample = settingsGrid.filter((_, index) => index % 2 === 0);

function addContexts(
  figures: Figures,
  path: string,
  model: ModelDescription,
  settings: readonly EngineSettings[],
): void {
  for (const [index, each] of settings.entries())
    figures.tryTo(`${path}/context/${place(index)}`, () =>
      addShortLedger(
        figures,
        `${path}/context/${place(index)}`,
        llamaCppLedger(model, { ...each, batch: each.ubatch }),
      ),
    );
}

function addDescription(figures: Figures, path: string, model: ModelDescription): void {
  figures.add(
    `${path}/described`,
    model.known,
    model.layers.length,
    model.embeddingWidth,
    model.vocabularySize,
    model.contextLength,
    model.parameters,
    model.weightBytes,
    model.weightType,
    model.tensors.length,
  );
}

/** Ways to place a model over devices and the host. */
const placements = {
  host: { devices: 0 },
  half: { devices: 1, gpuLayers: 4 },
  two: { devices: 2, tensorSplit: [3, 1] },
  cacheOnHost: { devices: 1, offloadCache: false },
} as const;

/** Records ledgers of the catalogue over the recorded settings, and over placements. */
export async function recordCatalogue(figures: Figures): Promise<void> {
  for (const [name, model] of await catalogueModels()) {
    const path = `model/llama-cpp/${name}`;
    addDescription(figures, path, model);
    addByteLedger(figures, `${path}/held`, llamaCppLedger(model, { contextTokens: 512, held: true }));
    addContexts(figures, path, model, settingsSample);
    for (const [placement, options] of Object.entries(placements))
      addByteLedger(
        figures,
        `${path}/placed/${placement}`,
        llamaCppLedger(model, { contextTokens: 4096, sequences: 2, ...options }),
      );
  }
}

/** Records ledgers of the recorded families over their own settings. */
export async function recordFamilies(figures: Figures): Promise<void> {
  for (const [name, model] of await familyModels()) {
    const path = `model/llama-cpp-families/${name}`;
    addDescription(figures, path, model);
    addContexts(figures, path, model, families[name]?.settings ?? []);
    for (const [placement, options] of Object.entries(placements))
      figures.tryTo(`${path}/placed/${placement}`, () =>
        addShortLedger(
          figures,
          `${path}/placed/${placement}`,
          llamaCppLedger(model, { contextTokens: 4096, sequences: 2, ...options }),
        ),
      );
  }
}
