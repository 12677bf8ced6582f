import type { Graph, Operation } from "../graph/graph.ts";
import { controlBytes } from "../kernels/control.ts";
import { operationBytes } from "../kernels/operation.ts";
import { findPlaces } from "./in-place.ts";
import type { Block } from "./lifetimes.ts";
import { findBlocks } from "./lifetimes.ts";
import { highestLoad, layOut } from "./offsets.ts";

/** A block with its place. */
export interface PlacedBlock extends Block {
  /** Byte in the arena. */
  readonly offset: number;
  readonly bytes: number;
}

/** Where everything of a step lies in one arena. */
export interface ArenaPlan {
  readonly blocks: readonly PlacedBlock[];
  /** Byte of each tensor's place; undefined for a tensor that is never used. */
  readonly addresses: ReadonlyMap<number, number>;
  /** Byte where the program of operations begins; before it is the control block. */
  readonly programOffset: number;
  readonly programBytes: number;
  /** Size of the arena: `fixedBytes + batch * sampleBytes`, exactly. */
  readonly peakBytes: number;
  readonly fixedBytes: number;
  readonly sampleBytes: number;
  /** What no layout of these blocks could go below, for comparison with `peakBytes`. */
  readonly boundBytes: number;
}

export interface ArenaOptions {
  /** Samples that are in the arena at a time. */
  readonly batch: number;
  readonly threads: number;
  /** Gradients live from step to step: they are added up over micro-batches, or read by the caller. */
  readonly keepsGradients: boolean;
}

/** Fixed blocks start on whole vectors. */
const alignment = 16;

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Tensors that hold something between steps. */
function lastingTensors(graph: Graph, keepsGradients: boolean): Set<number> {
  const always = new Set<number>([graph.losses, graph.hits]);
  for (const parameter of graph.parameters) {
    always.add(parameter.tensor);
    for (const { tensor } of parameter.state) always.add(tensor);
    if (keepsGradients && parameter.gradient !== undefined) always.add(parameter.gradient);
  }
  return always;
}

/** Bytes of a block in the region of fixed size. */
function fixedSize(block: Block, threads: number): number {
  return align(block.elements * 4 * (block.scope === "thread" ? threads : 1));
}

/** All operations of a program: those of a step, then those that run after a forward pass instead. */
export function allOperations(graph: Graph): readonly Operation[] {
  return [...graph.step, ...graph.evaluate, ...graph.predict];
}

function placeBlocks(
  blocks: readonly Block[],
  options: ArenaOptions,
  start: number,
): {
  readonly blocks: readonly PlacedBlock[];
  readonly fixedEnd: number;
  readonly sampleBytes: number;
  readonly bound: number;
} {
  const fixed = blocks.filter((block) => block.scope !== "sample");
  const sample = blocks.filter((block) => block.scope === "sample");
  const fixedSpans = fixed.map((block) => ({ ...block, size: fixedSize(block, options.threads) }));
  const sampleSpans = sample.map((block) => ({ ...block, size: block.elements * 4 }));
  const fixedLayout = layOut(fixedSpans);
  const sampleLayout = layOut(sampleSpans);
  const fixedEnd = start + fixedLayout.height;
  const placed = [
    ...fixed.map((block, index) => ({
      ...block,
      offset: start + (fixedLayout.offsets[index] ?? 0),
      bytes: fixedSpans[index]?.size ?? 0,
    })),
    ...sample.map((block, index) => ({
      ...block,
      offset: fixedEnd + (sampleLayout.offsets[index] ?? 0) * options.batch,
      bytes: (sampleSpans[index]?.size ?? 0) * options.batch,
    })),
  ];
  return {
    blocks: placed,
    fixedEnd,
    sampleBytes: sampleLayout.height,
    bound: start + highestLoad(fixedSpans) + highestLoad(sampleSpans) * options.batch,
  };
}

/**
 * Gives every tensor of a graph its place. What grows with the batch lies in a region of its own, laid out once for one sample
 * and stretched by the batch, so the arena is exactly linear in the batch.
 */
export function planArena(graph: Graph, options: ArenaOptions): ArenaPlan {
  const always = lastingTensors(graph, options.keepsGradients);
  const atStart = new Set([graph.input, graph.target]);
  const places = findPlaces(graph.tensors, graph.step, new Set([...always, ...atStart]));
  const blocks = findBlocks(graph.tensors, graph.step, places, { always, atStart });
  const programOffset = controlBytes;
  const programBytes = allOperations(graph).length * operationBytes;
  const placed = placeBlocks(blocks, options, programOffset + programBytes);
  const addresses = new Map<number, number>();
  for (const block of placed.blocks) for (const id of block.tensors) addresses.set(id, block.offset);
  return {
    blocks: placed.blocks,
    addresses,
    programOffset,
    programBytes,
    peakBytes: placed.fixedEnd + placed.sampleBytes * options.batch,
    fixedBytes: placed.fixedEnd,
    sampleBytes: placed.sampleBytes,
    boundBytes: placed.bound,
  };
}
