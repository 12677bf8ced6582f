import { z } from "zod";
import type { Header, HeaderTensor } from "../write-gguf.ts";

/** Name with # for the layer, type, shape, and layers (none if the name has no #). */
type CompactTensor = [name: string, type: HeaderTensor["type"], shape: number[], layers: number[]];

/** A header as it is stored: one row per kind of tensor, with the layers that have it. */
export interface CompactHeader {
  readonly metadata: Header["metadata"];
  readonly tensors: readonly CompactTensor[];
}

export const compactHeader: z.ZodType<CompactHeader> = z.object({
  metadata: z.record(
    z.string(),
    z.union([z.number(), z.string(), z.boolean(), z.array(z.number()), z.array(z.boolean())]),
  ),
  tensors: z.array(
    z.tuple([
      z.string(),
      z.enum(["f32", "f16", "q4_k", "q8_0", "i32"]),
      z.array(z.number()),
      z.array(z.number()),
    ]),
  ),
});

const layerPart = /(?<before>^|\.)blk\.(?<layer>\d+)\./u;

/** Returns the rows of a header. */
export function toCompactHeader(header: Header): CompactHeader {
  const rows = new Map<string, CompactTensor>();
  for (const { name, type, shape } of header.tensors) {
    const layer = layerPart.exec(name)?.groups?.["layer"];
    const kind = name.replace(layerPart, "$<before>blk.#.");
    const key = `${kind} ${type} ${shape.join("x")}`;
    const row: CompactTensor = rows.get(key) ?? [kind, type, [...shape], []];
    if (layer !== undefined) row[3].push(Number(layer));
    rows.set(key, row);
  }
  return { metadata: header.metadata, tensors: [...rows.values()] };
}

/** Returns the header of the rows. The order of its tensors may differ. */
export function fromCompactHeader(rows: CompactHeader): Header {
  const tensors = rows.tensors.flatMap(([kind, type, shape, layers]): readonly HeaderTensor[] =>
    layers.length === 0
      ? [{ name: kind, type, shape }]
      : layers.map((layer) => ({ name: kind.replace("blk.#.", `blk.${layer}.`), type, shape })),
  );
  return { metadata: rows.metadata, tensors };
}
