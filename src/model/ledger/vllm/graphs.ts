import { GiB } from "../../../shared/units.ts";

/** Counts the batch sizes that graphs are captured for: 1, 2, 4, then in steps of 8, from 256 in steps of 16. */
function sizesUpTo(most: number): number {
  const small = [1, 2, 4].filter((size) => size <= most).length;
  const eights = Math.floor(Math.min(most, 255) / 8);
  const sixteens = most < 256 ? 0 : Math.floor((most - 256) / 16) + 1;
  return small + eights + sixteens;
}

/**
 * Counts the graphs that vLLM captures (`config/vllm.py`, `_set_cudagraph_sizes`): pieces for batches of up to twice the
 * sequences, at most 512, and full decode steps for up to the number of sequences.
 */
export function countGraphs(maxSequences: number, batchedTokens: number): number {
  const most = Math.min(2 * maxSequences, 512, batchedTokens);
  // The tokens of a step are an additional size where they do not exceed the largest
  const further = batchedTokens <= most && sizesUpTo(most) === sizesUpTo(most - 1);
  return sizesUpTo(most) + (further ? 1 : 0) + sizesUpTo(Math.min(most, maxSequences));
}

/** Bytes that do not depend on the number of graphs, and bytes per graph. */
const graphGiB = { all: 0.3, each: 0.00725 };

/**
 * Returns the memory of the graphs, fitted to public logs: 102 graphs took 0.51 to 1.85 GiB on an H100 (mean 1.04), 86 took
 * 0.73, 16 took 0.36.
 */
export function graphBytes(graphs: number): number {
  return Math.round((graphGiB.all + graphGiB.each * graphs) * GiB);
}
