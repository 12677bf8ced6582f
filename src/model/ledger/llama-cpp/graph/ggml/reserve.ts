import type { Graph } from "./graph.ts";
import { sameLayout, tensorBytes, worksInPlace } from "./tensor.ts";
import type { GraphTensor } from "./tensor.ts";

/** A free range of the buffer, in bytes. */
interface Block {
  offset: number;
  size: number;
}

/** Free ranges of one growing buffer, sorted by offset. The last one has no end. */
interface Space {
  readonly free: Block[];
  readonly alignment: number;
  peakBytes: number;
}

/** Where a tensor is, and how often it is still needed. */
interface Place {
  children: number;
  views: number;
  owned: boolean;
  offset: number;
}

function alignBytes(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/**
 * Takes the best fit among the blocks before the last (the later of two equals), else the last one, which grows the
 * buffer.
 */
function take(space: Space, bytes: number): number {
  const size = alignBytes(bytes, space.alignment);
  let best = -1;
  let bestSize = Number.POSITIVE_INFINITY;
  for (let index = 0; index < space.free.length - 1; index++) {
    const block = space.free[index] as Block;
    if (block.size >= size && block.size <= bestSize) {
      best = index;
      bestSize = block.size;
    }
  }
  if (best === -1) best = space.free.length - 1;
  const block = space.free[best] as Block;
  const { offset } = block;
  block.offset += size;
  block.size -= size;
  if (block.size === 0) space.free.splice(best, 1);
  space.peakBytes = Math.max(space.peakBytes, offset + size);
  return offset;
}

/** Returns bytes to the free ranges and merges neighbours. */
function give(space: Space, offset: number, bytes: number): void {
  const size = alignBytes(bytes, space.alignment);
  const { free } = space;
  for (let index = 0; index < free.length; index++) {
    const block = free[index] as Block;
    if (block.offset + block.size === offset) {
      block.size += size;
      const next = free[index + 1];
      if (next !== undefined && block.offset + block.size === next.offset) {
        block.size += next.size;
        free.splice(index + 1, 1);
      }
      return;
    }
    if (offset + size === block.offset) {
      block.offset = offset;
      block.size += size;
      const previous = free[index - 1];
      if (previous !== undefined && previous.offset + previous.size === block.offset) {
        previous.size += block.size;
        free.splice(index, 1);
      }
      return;
    }
  }
  const after = free.findIndex((block) => block.offset > offset);
  free.splice(after === -1 ? free.length : after, 0, { offset, size });
}

/** Places tensors in one growing buffer; takes and releases bytes in the order of a run. */
export class BufferPlanner {
  readonly space: Space;
  readonly places: Map<GraphTensor, Place> = new Map();

  constructor(alignment: number) {
    this.space = { free: [{ offset: 0, size: Number.POSITIVE_INFINITY }], alignment, peakBytes: 0 };
  }

  place(tensor: GraphTensor): Place {
    let place = this.places.get(tensor);
    if (place === undefined) {
      place = { children: 0, views: 0, owned: false, offset: 0 };
      this.places.set(tensor, place);
    }
    return place;
  }

  /** Takes over the bytes of a source that no other node needs. The engine never does so with a view. */
  private reuse(tensor: GraphTensor, place: Place): boolean {
    for (const source of tensor.sources) {
      const parent = this.place(source);
      if (!parent.owned || source.output) continue;
      if (parent.children !== 1 || parent.views !== 0 || !sameLayout(tensor, source)) continue;
      place.offset = parent.offset;
      parent.owned = false;
      return true;
    }
    return false;
  }

  allocate(tensor: GraphTensor): void {
    if (tensor.external || tensor.viewOf !== undefined) return;
    const place = this.place(tensor);
    if (place.owned) return;
    place.owned = true;
    if (worksInPlace(tensor.operation) && this.reuse(tensor, place)) return;
    place.offset = take(this.space, tensorBytes(tensor));
  }

  /** Places a copy of another device's value. It needs bytes of its own here even if the value is a view there. */
  allocateCopy(tensor: GraphTensor): void {
    const owner = tensor.viewOf ?? tensor;
    const place = this.place(owner);
    if (place.owned) return;
    place.owned = true;
    place.offset = take(this.space, tensorBytes(tensor.viewOf === undefined ? tensor : owner));
  }

  /** Takes bytes that stay taken for the entire run. */
  hold(tensor: GraphTensor): void {
    take(this.space, tensorBytes(tensor));
  }

  /** Ends one use of a source. Its bytes are released after the last use, unless they are read after the run. */
  release(source: GraphTensor): void {
    const place = this.place(source);
    place.children--;
    if (place.children > 0 || place.views > 0) return;
    const owner = source.viewOf ?? source;
    const ownerPlace = this.place(owner);
    if (source.viewOf !== undefined) {
      ownerPlace.views--;
      if (ownerPlace.views > 0 || ownerPlace.children > 0) return;
    }
    if (!ownerPlace.owned || owner.output) return;
    give(this.space, ownerPlace.offset, tensorBytes(owner));
    ownerPlace.owned = false;
  }
}

/**
 * Computes the bytes of the buffer in which a graph runs, by the engine's own planning (ggml v0.5.0, `ggml-alloc.c`):
 * leaves and inputs first, then each node in order. Each takes the best fit among free blocks, or its source's bytes
 * if that source is used for the last time.
 * `alignment` in bytes: 32 on the host, 128 or 256 on accelerators.
 */
export function reserveBytes(graph: Graph, alignment: number): number {
  const planner = new BufferPlanner(alignment);
  for (const leaf of graph.leaves) planner.allocate(leaf);
  for (const node of graph.nodes) {
    if (node.viewOf !== undefined) planner.place(node.viewOf).views++;
    for (const source of node.sources) {
      planner.place(source).children++;
      if (source.input) planner.allocate(source);
    }
  }
  for (const node of graph.nodes) {
    for (const source of node.sources) planner.allocate(source);
    planner.allocate(node);
    for (const source of node.sources) planner.release(source);
  }
  return planner.space.peakBytes;
}
