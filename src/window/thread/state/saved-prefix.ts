import { z } from "zod";
import type { SentItem, SentPrefix } from "../../assemble/sent-prefix.ts";

const saved = z.object({
  v: z.literal(1),
  time: z.number(),
  frameKey: z.string(),
  items: z.array(z.tuple([z.string(), z.string(), z.number()])),
  kinds: z.record(z.string(), z.number()).optional(),
});

/** Encodes a sent window; a source that equals its digest is left out. */
export function saveSentPrefix({ items, frameKey, time, kinds }: SentPrefix): string {
  const head = JSON.stringify({ v: 1, time, frameKey, kinds });
  return `${head.slice(0, -1)},"items":[${items.map(saveItem).join(",")}]}`;
}

/** Encoded items: they keep their identity between windows, so each is encoded once. */
const encoded = new WeakMap<SentItem, string>();

function saveItem(item: SentItem): string {
  const held = encoded.get(item);
  if (held !== undefined) return held;
  const { digest, source, tokens } = item;
  const json = JSON.stringify([digest, source === digest ? "=" : source, tokens]);
  encoded.set(item, json);
  return json;
}

/** Decodes a sent window; undefined if it cannot be read: then the next window counts as the first one. */
export function readSentPrefix(json: string): SentPrefix | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const read = saved.safeParse(value);
  if (!read.success) return undefined;
  const { items, frameKey, time, kinds } = read.data;
  return {
    frameKey,
    time,
    kinds,
    items: items.map(([digest, source, tokens]) => ({
      digest,
      source: source === "=" ? digest : source,
      tokens,
    })),
  };
}
