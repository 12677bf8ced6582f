import type { BatchSource } from "../data/batch-source.ts";
import type { LabelledText } from "./labelled-text.ts";

/** Makes a source of texts as token ids, cut or padded with 0 to `length`, with a class each: input [length] of int32, target one int32. */
export function tokenSource(
  texts: readonly LabelledText[],
  classes: readonly string[],
  encode: (text: string) => readonly number[],
  length: number,
): BatchSource {
  // Token ids fit 16 bits, half of their size in the arena.
  const tokens = new Uint16Array(texts.length * length);
  const labels = new Uint16Array(texts.length);
  const numbers = new Map(classes.map((name, index) => [name, index]));
  texts.forEach(({ text, label }, row) => {
    tokens.set(encode(text).slice(0, length), row * length);
    labels[row] = numbers.get(label) ?? 0;
  });
  return {
    count: texts.length,
    input: { shape: [length], type: "int32" },
    target: { shape: [], type: "int32" },
    writeBatch: ({ order, from, size }, input, target) => {
      for (let row = 0; row < size; row++) {
        const which = order[from + row] ?? 0;
        for (let at = 0; at < length; at++) input.int32[row * length + at] = tokens[which * length + at] ?? 0;
        target.int32[row] = labels[which] ?? 0;
      }
    },
  };
}
