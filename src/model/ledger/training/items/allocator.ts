import { MiB } from "../../../../shared/units.ts";

/** Tensors of one size. */
export interface Allocation {
  readonly bytes: number;
  readonly count: number;
}

/** What PyTorch's allocator holds in addition to the tensors. */
export interface AllocatorBytes {
  /** Bytes lost because every tensor is rounded up to 512 bytes. */
  readonly rounding: number;
  /** Bytes of segments that are not full: a lower bound, because fragmentation is not known in advance. */
  readonly segments: number;
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}

/**
 * Counts what PyTorch's caching allocator adds (`c10/cuda/CUDACachingAllocator.cpp`). It rounds sizes up to 512 bytes. Sizes
 * up to 1 MiB come from segments of 2 MiB, below 10 MiB from segments of 20 MiB, larger ones from their own segments, rounded
 * up to 2 MiB.
 */
export function allocatorBytes(allocations: readonly Allocation[]): AllocatorBytes {
  let rounding = 0;
  let small = 0;
  let medium = 0;
  let rounded = 0;
  let reserved = 0;
  for (const { bytes, count } of allocations) {
    if (bytes <= 0 || count <= 0) continue;
    const each = roundUp(bytes, 512);
    rounding += (each - bytes) * count;
    rounded += each * count;
    if (each <= MiB) small += each * count;
    else if (each < 10 * MiB) medium += each * count;
    else reserved += roundUp(each, 2 * MiB) * count;
  }
  reserved += roundUp(small, 2 * MiB) + roundUp(medium, 20 * MiB);
  return { rounding: Math.round(rounding), segments: Math.max(0, Math.round(reserved - rounded)) };
}
