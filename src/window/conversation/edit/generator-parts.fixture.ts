import * as fc from "fast-check";

/** Texts with the characters that JSON escapes or that look like its end. */
export const text: fc.Arbitrary<string> = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .map((word) => `${word}"\\,]}`);
/** Ids. */
export const id: fc.Arbitrary<string> = fc.uuid();
/** Names of tools. */
export const name: fc.Arbitrary<string> = fc.constantFrom("read_file", "search");
/** Any small JSON value. */
export const json: fc.Arbitrary<fc.JsonValue> = fc.jsonValue({ maxDepth: 2 });
/** A picture of 10 by 20 pixels. */
export const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

/** Generates lists of one to five elements. */
export function list<T>(...arbs: readonly fc.Arbitrary<T>[]): fc.Arbitrary<readonly T[]> {
  return fc.array(fc.oneof(...arbs), { minLength: 1, maxLength: 5 });
}

/** Blocks of OpenAI's chat completions. */
export const chatBlock: readonly fc.Arbitrary<object>[] = [
  fc.record({ type: fc.constant("text"), text }),
  fc.constant({ type: "image_url", image_url: { url: `data:image/png;base64,${png}`, detail: "low" } }),
  fc.record({ type: fc.constant("mystery"), data: json }),
];
