import { z } from "zod";
import type { Header, HeaderTensor } from "../write-gguf.ts";

/** Name with # for the layer, type, shape, layers (none where the name has no #). */
type CompactTensor = [name: string, type: HeaderTensor["type"], shape: number[], layers: number[]];

/** A header as it is kept: tensors of all layers in one row by kind, with the layers that have them. */
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

/** Rows of a header. */
export function compacted(header: Header): CompactHeader {
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

/** The header that the rows are of; the order of its tensors is another one. */
export function expanded(rows: CompactHeader): Header {
  const tensors = rows.tensors.flatMap(([kind, type, shape, layers]): readonly HeaderTensor[] =>
    layers.length === 0
      ? [{ name: kind, type, shape }]
      : layers.map((layer) => ({ name: kind.replace("blk.#.", `blk.${layer}.`), type, shape })),
  );
  return { metadata: rows.metadata, tensors };
}
