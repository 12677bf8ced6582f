import type { Graph, Operation } from "../graph/graph.ts";
import { controlBytes } from "../kernels/control.ts";
import { operationBytes } from "../kernels/operation.ts";
import { findPlaces } from "./in-place.ts";
import type { Block } from "./lifetimes.ts";
import { findBlocks } from "./lifetimes.ts";
import { highestLoad, layOut } from "./offsets.ts";

/** A block with its place. */
export interface PlacedBlock extends Block {
  /** First byte in the arena. */
  readonly offset: number;
  readonly bytes: number;
}

/** Offset of everything that a step needs in one arena. */
export interface ArenaPlan {
  readonly blocks: readonly PlacedBlock[];
  /** First byte of each tensor; none for a tensor that is never used. */
  readonly addresses: ReadonlyMap<number, number>;
  /** First byte of the program of operations, after the control block. */
  readonly programOffset: number;
  readonly programBytes: number;
  /** Size of the arena: `fixedBytes + batch * sampleBytes`, exactly. */
  readonly peakBytes: number;
  readonly fixedBytes: number;
  readonly sampleBytes: number;
  /** Lower bound for any layout of these blocks, to compare `peakBytes` with. */
  readonly boundBytes: number;
}

export interface ArenaOptions {
  /** Samples in the arena at a time: the micro-batch. */
  readonly batch: number;
  readonly threads: number;
  /** Gradients live from step to step, because they are added up over micro-batches or read by the caller. */
  readonly keepsGradients: boolean;
}

/** Fixed blocks start at whole vectors of 16 bytes. */
const alignment = 16;

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Lists the tensors that hold something between steps. */
function lastingTensors(graph: Graph, keepsGradients: boolean): Set<number> {
  const always = new Set<number>([graph.losses, graph.hits]);
  for (const parameter of graph.parameters) {
    always.add(parameter.tensor);
    for (const { tensor } of parameter.state) always.add(tensor);
    if (keepsGradients && parameter.gradient !== undefined) always.add(parameter.gradient);
  }
  return always;
}

/** Computes the bytes of a block in the region of fixed size. */
function computeFixedBytes(block: Block, threads: number): number {
  return align(block.elements * 4 * (block.scope === "thread" ? threads : 1));
}

/** Lists all operations of a program: those of a step, then those that follow a forward pass when nothing is learned. */
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
  const fixedLives = fixed.map((block) => ({ ...block, size: computeFixedBytes(block, options.threads) }));
  const sampleLives = sample.map((block) => ({ ...block, size: block.elements * 4 }));
  const fixedLayout = layOut(fixedLives);
  const sampleLayout = layOut(sampleLives);
  const fixedEnd = start + fixedLayout.height;
  const placed = [
    ...fixed.map((block, index) => ({
      ...block,
      offset: start + (fixedLayout.offsets[index] ?? 0),
      bytes: fixedLives[index]?.size ?? 0,
    })),
    ...sample.map((block, index) => ({
      ...block,
      offset: fixedEnd + (sampleLayout.offsets[index] ?? 0) * options.batch,
      bytes: (sampleLives[index]?.size ?? 0) * options.batch,
    })),
  ];
  return {
    blocks: placed,
    fixedEnd,
    sampleBytes: sampleLayout.height,
    bound: start + highestLoad(fixedLives) + highestLoad(sampleLives) * options.batch,
  };
}

/**
 * Plans the place of every tensor of a graph. Tensors that grow with the batch have a region of their own, laid out for one sample
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
