import type { LayerDescription, ModelDescription } from "../../src/model/index.ts";
import { plainJson, place, readFixture, shortHash } from "./figures.ts";
import type { Figures, Value } from "./figures.ts";
import { fromConfig, publishedModels } from "./model-vllm.ts";

interface Fixture {
  readonly transformers: string;
  readonly models: readonly {
    readonly kind: string;
    readonly made: string;
    readonly given: Readonly<Record<string, unknown>>;
  }[];
}

const attentionFacts = (part: NonNullable<LayerDescription["attention"]>): readonly Value[] => [
  part.heads,
  part.keyValueHeads,
  part.keyWidth,
  part.valueWidth,
  part.window,
  part.latent?.rank,
  part.latent?.ropeWidth,
  part.latent?.queryRank,
  part.sharesCacheOf,
  part.indexer?.heads,
  part.indexer?.width,
  part.compression,
];

/** Formats what a layer keeps in a cache or a state, and the widths of the rest; "-" where a part is missing. */
function layerFacts(layer: LayerDescription): string {
  const { attention, recurrent, experts } = layer;
  const parts: readonly (readonly Value[] | undefined)[] = [
    attention === undefined ? undefined : attentionFacts(attention),
    recurrent === undefined
      ? undefined
      : [recurrent.convolutionElements, recurrent.stateElements, recurrent.innerWidth],
    experts === undefined ? undefined : [experts.count, experts.used, experts.width, experts.sharedWidth],
    [layer.feedForwardWidth, layer.passes, layer.prediction],
  ];
  return parts.map((part) => part?.map((value) => value ?? "-").join(",") ?? "-").join("|");
}

/** Formats layers as runs of equal ones, each with its count. */
function layerRuns(layers: readonly LayerDescription[]): readonly string[] {
  const runs: { facts: string; count: number }[] = [];
  for (const facts of layers.map(layerFacts)) {
    const last = runs.at(-1);
    if (last?.facts === facts) last.count++;
    else runs.push({ facts, count: 1 });
  }
  return runs.map(({ facts, count }) => `${count}x${facts}`);
}

function addModel(figures: Figures, path: string, model: ModelDescription): void {
  figures.add(
    `${path}/parameters`,
    model.known,
    model.parameters,
    model.weightBytes,
    model.weightType,
    model.unknown.length,
  );
  const { groups } = model;
  figures.add(
    `${path}/groups`,
    groups?.embedding,
    groups?.dense,
    groups?.experts,
    groups?.output,
    groups?.vision,
  );
  figures.add(
    `${path}/widths`,
    model.embeddingWidth,
    model.vocabularySize,
    model.contextLength,
    model.cacheless,
    model.tiedEmbeddings,
  );
  figures.add(`${path}/layers`, ...layerRuns(model.layers));
}

/** Records parameters and layers of every kind of model in transformers, and of published models. */
export function recordTransformers(figures: Figures): void {
  const { transformers, models } = readFixture<Fixture>("transformers-models.json");
  for (const [index, { kind, made, given }] of models.entries()) {
    const path = `model/transformers/${place(index)} ${kind} ${shortHash(plainJson(given))}`;
    figures.tryTo(path, () =>
      addModel(
        figures,
        path,
        fromConfig({
          model_type: kind,
          architectures: [made],
          transformers_version: transformers,
          ...given,
        }),
      ),
    );
  }
  for (const [name, model] of publishedModels) addModel(figures, `model/transformers/${name}`, model);
}
