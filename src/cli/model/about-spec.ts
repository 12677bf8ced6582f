import type { Spec } from "../../model/index.ts";
import { describeBytes } from "../read-numbers.ts";

/** One line about a model: family, layers, parameters, type, context. */
export function aboutSpec(spec: Spec): readonly string[] {
  const main = spec.layers.filter((layer) => layer.prediction !== true);
  const windows = main.filter((layer) => layer.attention?.window !== undefined).length;
  const states = main.filter((layer) => layer.recurrent !== undefined).length;
  const experts = main.find((layer) => layer.experts !== undefined)?.experts;
  const parts = [
    spec.known ? spec.architecture : `${spec.architecture} (not known here)`,
    `${main.length} layers${windows > 0 ? `, ${windows} with a window` : ""}${states > 0 ? `, ${states} with a state` : ""}`,
    experts === undefined ? "" : `${experts.used} of ${experts.count} experts`,
    spec.parameters === undefined ? "" : `${(spec.parameters / 1e9).toPrecision(3)} billion parameters`,
    spec.weightBytes === undefined
      ? ""
      : `${describeBytes(spec.weightBytes)} of weights${spec.weightType === undefined ? "" : `, mostly ${spec.weightType}`}`,
    spec.contextLength === undefined ? "" : `trained for ${spec.contextLength} tokens`,
  ];
  return parts.filter((part) => part !== "");
}
