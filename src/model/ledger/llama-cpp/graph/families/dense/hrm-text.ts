import { attendToCache } from "../../blocks/attention/attention.ts";
import { projectHeads, ropeFactors } from "../../blocks/attention/projections.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyDense } from "../../blocks/feed-forward/feed-forward.ts";
import { keepOutput, logitsOf } from "../../blocks/head.ts";
import type { StreamInputs } from "../../blocks/layer-parts.ts";
import { atLayer, layerWeight, setting, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { add, getRows, matrixProduct, multiply, rmsNorm, rope, unary } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Applies attention with the cache of the layer `slot` and the weights of the layer `block`: (width, tokens) to (width,
 * tokens).
 */
function applySlotAttention(
  slot: LayerBuild,
  block: LayerBuild,
  source: GraphTensor,
  inputs: StreamInputs,
): GraphTensor {
  const gateMatrix = layerWeight(block, "attn_gate.weight");
  const gate = gateMatrix === undefined ? undefined : matrixProduct(gateMatrix, source);
  const heads = projectHeads(block, source);
  if (heads === undefined) return source;
  const factors = ropeFactors(block);
  const query = rope(heads.query, inputs.positions, factors);
  const key = rope(heads.key, inputs.positions, factors);
  const merged = attendToCache(slot, inputs.attention, { query, key, value: heads.value });
  const gated = gate === undefined ? merged : multiply(merged, unary(gate));
  const matrix = layerWeight(block, "attn_output.weight");
  return matrix === undefined ? gated : matrixProduct(matrix, gated);
}

/**
 * Builds the graph of HRM-Text (llama.cpp v0.5.0, `hrm-text.cpp`): a low and a high stack of blocks alternate over one
 * stream. Each run of a block has its own cache, so the file counts runs as layers.
 */
export function buildHrmTextGraph(build: Build): void {
  const start = startStream(build);
  const { inputs } = start;
  const depth = setting(build, "hrm.layers_per_stack") ?? 1;
  const lowRuns = setting(build, "hrm.l_cycles") ?? 1;
  const highRuns = setting(build, "hrm.h_cycles") ?? 1;
  const stack = (given: GraphTensor, slots: number, blocks: number): GraphTensor => {
    let stream = given;
    for (let index = 0; index < depth; index++) {
      const block = atLayer(build, blocks + index);
      const mixed = applySlotAttention(atLayer(build, slots + index), block, rmsNorm(stream), inputs);
      const middle = add(mixed, stream);
      stream = add(applyDense(block, rmsNorm(middle)), middle);
    }
    return rmsNorm(stream);
  };
  let high = start.stream;
  let low = weight(build, "hrm.z_l_init");
  for (let run = 0; run < highRuns; run++) {
    for (let inner = 0; inner < lowRuns; inner++) {
      const slots = (run * (lowRuns + 1) + inner) * depth;
      low = stack(low === undefined ? high : add(high, low), slots, 0);
    }
    const slots = (run * (lowRuns + 1) + lowRuns) * depth;
    high = stack(low === undefined ? high : add(high, low), slots, depth);
  }
  // There is no final norm
  const rows = getRows(high, inputs.outputIndices);
  rows.output = true;
  keepOutput(build, logitsOf(build, rows, {}));
}
