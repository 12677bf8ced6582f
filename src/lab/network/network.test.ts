import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  conv2d,
  dense,
  embedding,
  flatten,
  globalAveragePooling,
  maxPooling2d,
  multiHeadAttention,
  network,
  residual,
} from "./layers.ts";
import { checkNetwork, parseNetwork } from "./network-schema.ts";
import { inferShapes } from "./shapes.ts";
import { transformer } from "./transformer.ts";

describe("inferShapes", () => {
  test("gives the shapes of Keras, worked out by hand", () => {
    const net = network({ shape: [28, 28] }, [
      conv2d(8, 3, { strides: 2 }), // (28 - 3) / 2 + 1 = 13
      conv2d(4, 5, { padding: "same", strides: 2 }), // ceil(13 / 2) = 7
      maxPooling2d(), // 3
      globalAveragePooling(),
      dense(10),
    ]);
    const dimensions = inferShapes(net).map((shape) => shape.dimensions);
    expect(dimensions).toEqual([[28, 28], [13, 13, 8], [7, 7, 4], [3, 3, 4], [4], [10]]);
    expect(inferShapes(transformer({ vocabulary: 50, context: 16, layers: 2 })).at(-1)?.dimensions).toEqual([
      16, 50,
    ]);
  });
  test.each([
    [
      () => network({ shape: [4], type: "int32" }, [dense(2)]),
      /layers\.0 \(dense\): got an input of shape \[4\] of int32, allowed: float32/,
    ],
    [
      () => network({ shape: [4] }, [embedding(3, 2)]),
      /layers\.0 \(embedding\): .* allowed: \[length\] of int32/,
    ],
    [() => network({ shape: [2, 2] }, [conv2d(1, 3)]), /allowed: an image no smaller than the kernel/],
    [() => network({ shape: [70_000, 2] }, [conv2d(1, 1)]), /allowed: an image of sides up to 65535/],
    [() => network({ shape: [4] }, [maxPooling2d()]), /allowed: \[height, width\]/],
    [() => network({ shape: [3, 10] }, [multiHeadAttention(3)]), /width a multiple of numHeads 3/],
    [
      () => network({ shape: [4] }, [residual([dense(3)])]),
      /layers\.0 \(residual\): .* allowed: the input's own shape, \[4\]/,
    ],
    [() => network({ shape: [4] }, [globalAveragePooling()]), /allowed: \[length, channels\]/],
  ])("names the layer that does not fit (%#)", (make, message) => {
    expect(make).toThrow(message);
  });
});

describe("parseNetwork", () => {
  test("reads back what was written", () => {
    const net = network({ shape: [4, 4] }, [
      flatten(),
      dense(3, { activation: "gelu" }),
      residual([dense(3)]),
    ]);
    expect(parseNetwork(JSON.stringify(net))).toEqual(net);
  });
  const layer = (value: unknown): string => JSON.stringify({ input: { shape: [4] }, layers: [value] });
  test.each([
    ["{", /network: /],
    ["[]", /network: /],
    [layer({ type: "lstm" }), /network: layers\.0\.type/],
    [layer({ type: "dense", units: 1.5 }), /network: layers\.0\.units/],
    [layer({ type: "dense", units: 2 ** 60 }), /network: layers\.0\.units/],
    [layer({ type: "dense", units: 2, unit: 3 }), /unit/],
    [layer({ type: "dropout", rate: 1 }), /network: layers\.0\.rate/],
    ['{"input":{"shape":[]},"layers":[{"type":"flatten"}]}', /network: input\.shape/],
    ['{"input":{"shape":[2]},"layers":[]}', /network: layers/],
  ])("refuses %s", (text, message) => expect(() => parseNetwork(text)).toThrow(message));
  test("refuses hostile nesting and length at once", () => {
    let nested: unknown = { type: "flatten" };
    for (let depth = 0; depth < 5000; depth++) nested = { type: "residual", layers: [nested] };
    expect(() => checkNetwork({ input: { shape: [4] }, layers: [nested] })).toThrow(/^network: /);
    const layers = Array.from({ length: 100_000 }, () => ({ type: "flatten" }));
    expect(() => checkNetwork({ input: { shape: [4] }, layers })).toThrow(/^network: layers/);
  });
  test("refuses anything else with a LoadlineError", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          checkNetwork(value);
        } catch (error) {
          expect((error as Error).name).toBe("LoadlineError");
        }
      }),
    );
  });
});
