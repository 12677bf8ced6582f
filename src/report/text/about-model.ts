import type { ModelDescription } from "../../model/index.ts";
import { describeBytes } from "./bytes.ts";

/** One line about a model: family, layers, parameters, type, context. */
export function aboutModel(description: ModelDescription): readonly string[] {
  const main = description.layers.filter((layer) => layer.prediction !== true);
  const windows = main.filter((layer) => layer.attention?.window !== undefined).length;
  const states = main.filter((layer) => layer.recurrent !== undefined).length;
  const experts = main.find((layer) => layer.experts !== undefined)?.experts;
  const parts = [
    description.known ? description.architecture : `${description.architecture} (not known here)`,
    `${main.length} layers${windows > 0 ? `, ${windows} with a window` : ""}${states > 0 ? `, ${states} with a state` : ""}`,
    experts === undefined ? "" : `${experts.used} of ${experts.count} experts`,
    description.parameters === undefined
      ? ""
      : `${(description.parameters / 1e9).toPrecision(3)} billion parameters`,
    description.weightBytes === undefined
      ? ""
      : `${describeBytes(description.weightBytes)} of weights${description.weightType === undefined ? "" : `, mostly ${description.weightType}`}`,
    description.contextLength === undefined ? "" : `trained for ${description.contextLength} tokens`,
  ];
  return parts.filter((part) => part !== "");
}
