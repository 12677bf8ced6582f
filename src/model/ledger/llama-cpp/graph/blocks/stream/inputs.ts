import { expandInto, setting, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { getRows, pad, scale, view } from "../../ggml/operations.ts";
import { externalTensor, inputTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Looks the embeddings of the tokens up: (width, tokens). The engine also keeps the input that a caller may fill with
 * vectors instead, in every graph. Some models take images as wider vectors (`deepstack` layers).
 */
export function embedTokens(build: Build): GraphTensor {
  const { run, width } = build;
  const tokens = inputTensor("i32", run.tokens);
  const deep = setting(build, "n_deepstack_layers") ?? 0;
  const wide = width * (1 + deep);
  const vectors = inputTensor("f32", wide, run.tokens);
  const table = weight(build, "token_embd.weight") ?? externalTensor(width, build.vocabulary);
  let rows = getRows(table, tokens);
  if (deep > 0) rows = pad(rows, wide - width);
  expandInto(build, rows);
  expandInto(build, vectors);
  let embedded = deep > 0 ? view(rows, [width, run.tokens], [rows.strides[1]]) : rows;
  if ((setting(build, "embedding_scale") ?? 0) !== 0 && build.family.scalesByFile === true) {
    embedded = scale(embedded);
  }
  expandInto(build, embedded);
  return embedded;
}

/** Returns true if the file splits positions into rows and columns. */
function hasSections(build: Build): boolean {
  const sections = build.description.settings["rope.dimension_sections"];
  return Array.isArray(sections) && Number(sections[0] ?? 0) > 0 && Number(sections[1] ?? 0) > 0;
}

/** Makes the positions of the tokens: (tokens), or four per token if images have rows and columns. */
export function positionInput(build: Build): GraphTensor {
  const { positionParts } = build.family;
  const hasFour = positionParts === 4 || (positionParts === "by-file" && hasSections(build));
  const each = hasFour ? 4 : 1;
  return inputTensor("i32", build.run.tokens * each);
}

/** Makes the factor of each token's queries, by its position: (1, 1, tokens). */
export function temperatureInput(build: Build): GraphTensor {
  return inputTensor("f32", 1, 1, build.run.tokens);
}

/** Makes the indices of the tokens whose logits are needed: (outputs). */
export function outputIndexInput(build: Build): GraphTensor {
  return inputTensor("i32", build.run.outputs);
}

/** Returns the rows of the output tokens in the last layer, all rows in the others. value: (width, tokens). */
export function takeLastRows(layer: LayerBuild, value: GraphTensor, outputIndices: GraphTensor): GraphTensor {
  return layer.isLast ? getRows(value, outputIndices) : value;
}
