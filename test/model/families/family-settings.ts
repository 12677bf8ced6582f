import type { Engine } from "../engine.ts";
import type { Header } from "../write-gguf.ts";
import { dense, encoders } from "./dense-families.ts";
import { discoverHeader } from "./discover-header.ts";
import { commonSettings, drawSizes } from "./draw-family.ts";
import type { Random } from "./draw-family.ts";
import { experts, windows } from "./expert-families.ts";
import type { FamilyCase, MakeFamily } from "./family-case.ts";
import { sparse } from "./latent-families.ts";
import { hybrids } from "./state-families.ts";

/** Settings in addition to the common ones, by family. */
export const familyCases: Readonly<Record<string, MakeFamily>> = {
  ...dense,
  ...windows,
  ...experts,
  ...hybrids,
  ...sparse,
  ...encoders,
};

/** A header of a family with random sizes, which the engine loads. */
export interface DrawnModel {
  readonly header: Header;
  /** True if the engine aborts with more than one sequence. */
  readonly oneSequence: boolean;
}

function everyLayer(layers: number, names: readonly string[]): readonly string[] {
  return Array.from({ length: layers }, (_, layer) => names.map((name) => `blk.${layer}.${name}`)).flat();
}

function shapesByName(layers: number, made: FamilyCase): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    Object.entries(made.given ?? {}).flatMap(([name, shape]) =>
      everyLayer(layers, [name]).map((full) => [full, shape]),
    ),
  );
}

/** Draws a model of a family. The engine's faults give its tensors; its output matrix is separate or tied. */
export async function drawModel(engine: Engine, family: string, random: Random): Promise<DrawnModel> {
  const make = familyCases[family];
  if (make === undefined)
    throw new Error(`${family} has no case: add one to the tables of test/model/families`);
  const sizes = drawSizes(random);
  const made = make(sizes, random);
  const settings = { ...commonSettings(sizes), ...made.settings };
  const layers = Number(settings["block_count"]);
  const offered = [
    ...(made.tensors ?? []),
    ...everyLayer(layers, made.layerTensors ?? []),
    ...(random(2) === 0 ? ["output.weight"] : []),
  ];
  const header = await discoverHeader(engine, family, settings, {
    offered,
    given: shapesByName(layers, made),
  });
  return { header, oneSequence: made.oneSequence === true };
}
