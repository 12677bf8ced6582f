import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { kerasLedger } from "../../ledger/keras/keras-ledger.ts";
import { bytesSource } from "../../file/source/byte-source.ts";
import { readModelFile } from "../../file/read-model-file.ts";
import { networkOf } from "./applications.fixture.ts";
import { kerasNetwork } from "./keras-from-file.ts";
import type { KerasNetwork } from "./network/keras-network.ts";

const shape = z.array(z.number().nullable());
/** What Keras itself reports for small networks, one per layer class (bench/peers/keras_networks.py layers). */
const fixture = z.object({
  networks: z.array(
    z.object({
      name: z.string(),
      topology: z.record(z.string(), z.unknown()),
      parameters: z.number(),
      trainable: z.number(),
      outputs: z.array(shape),
      layers: z.record(z.string(), z.object({ weights: z.array(shape), outputs: z.array(shape) })),
    }),
  ),
});
const { networks } = fixture.parse(
  JSON.parse(readFileSync(new URL("../../../../test/fixtures/keras-layers.json", import.meta.url), "utf8")),
);

/** Whether a shape agrees with that of Keras. A size that Keras leaves open may be known here, but none may differ. */
function agrees(
  ours: readonly (number | undefined)[] | undefined,
  theirs: readonly (number | null)[],
): boolean {
  const sizes = ours?.slice(1);
  return (
    sizes?.length === theirs.length && theirs.every((size, axis) => size === null || size === sizes[axis])
  );
}

function sortNames(shapes: readonly (readonly unknown[])[]): readonly string[] {
  return shapes.map((each) => each.join(" x ")).toSorted();
}

describe("layers of Keras 3 as Keras counts them", () => {
  test.each(networks)(
    "$name has the same shapes and parameters",
    ({ topology, parameters, trainable, outputs, layers }) => {
      const network = networkOf(topology);
      expect(network.parameters).toBe(parameters);
      expect(network.trainableParameters).toBe(trainable);
      const ends = network.outputs.map((edge) => network.calls[edge.call]?.outputShapes[edge.output]);
      outputs.forEach((theirs, index) => expect(agrees(ends[index], theirs), `output ${index}`).toBe(true));
      for (const [name, { weights, outputs: theirs }] of Object.entries(layers)) {
        const place = network.layers.findIndex((layer) => layer.name === name);
        expect(sortNames(network.layers[place]?.weights?.map((each) => each.shape) ?? []), name).toEqual(
          sortNames(weights),
        );
        const call = network.calls.findLast(({ layer }) => layer === place);
        theirs.forEach((each, index) => expect(agrees(call?.outputShapes[index], each), name).toBe(true));
      }
    },
  );
});

const input = {
  class_name: "InputLayer",
  config: { name: "x", batch_shape: [null, 6] },
  name: "x",
  inbound_nodes: [],
};

/** Writes layers one after another as Keras 3 does, with the shape that each reads. */
function chain(
  ...layers: readonly (readonly [string, object, readonly number[]])[]
): Record<string, unknown> {
  let before = "x";
  const entries = layers.map(([class_name, config, reads], index) => {
    const from = { shape: [null, ...reads], keras_history: [before, 0, 0] };
    before = `${class_name}_${index}`;
    return {
      class_name,
      name: before,
      config,
      inbound_nodes: [{ args: [{ class_name: "__keras_tensor__", config: from }], kwargs: {} }],
    };
  });
  const ends = { input_layers: ["x", 0, 0], output_layers: [before, 0, 0] };
  return { class_name: "Functional", config: { name: "n", layers: [input, ...entries], ...ends } };
}

describe("unknown parts of a file", () => {
  test("include no shape after a user-defined layer if a later layer notes it", () => {
    const network = networkOf(chain(["Mine", {}, [6]], ["Dense", { units: 3 }, [4]]));
    expect(network.calls.map((call) => call.outputShapes[0]?.at(-1))).toEqual([6, 4, 3]);
    expect(network.layers.map((layer) => layer.parameters)).toEqual([0, undefined, 15]);
    const [known, other] = kerasLedger(network, { batch: 1 }).items;
    expect([known?.bytes, other?.bytes, other?.label]).toEqual([60, undefined, "weights of 1 other layer"]);
  });

  test.each([
    ["with low-rank adapters", { units: 3, lora_rank: 2 }],
    ["quantized", { units: 3, dtype: { class_name: "QuantizedDTypePolicy", config: { mode: "int8" } } }],
    ["quantized", { units: 3, dtype: "int8_from_float32" }],
  ])("include the weights of a layer that is %s", (reason, config) => {
    const network = networkOf(chain(["Dense", config, [6]], ["Dense", { units: 2 }, [3]]));
    expect(network.layers.map((layer) => layer.parameters)).toEqual([0, undefined, 8]);
    expect(network.unknown[0]).toContain(reason);
  });

  test("include a layer with a user-defined cell, but the file is not broken", () => {
    const cell = { class_name: "MyCell", config: { units: 3 } };
    expect(networkOf(chain(["RNN", { cell }, [6]])).unknown[0]).toContain('"RNN"');
  });

  test("include no user-defined class that is written as a network", () => {
    const { config } = chain(["Dense", { units: 3 }, [6]]);
    expect(networkOf({ class_name: "Mine", config }).parameters).toBe(21);
    expect(() => networkOf({ class_name: "Mine", config: { width: 3 } })).toThrow(
      /got the class "Mine", whose layers are not in this file/u,
    );
  });
});

describe("functions on tensors as Keras 2 writes them", () => {
  function callFunction(name: string, words: object): KerasNetwork {
    const layers = [
      { class_name: "InputLayer", name: "x", config: { batch_input_shape: [null, 4, 6] }, inbound_nodes: [] },
      {
        class_name: "TFOpLambda",
        name: "f",
        config: { function: name },
        inbound_nodes: [["x", 0, 0, words]],
      },
    ];
    const ends = { input_layers: [["x", 0, 0]], output_layers: [["f", 0, 0]] };
    return networkOf({ class_name: "Functional", config: { name: "n", layers, ...ends } });
  }
  test.each([
    ["__operators__.add", { y: 3, name: null }, [undefined, 4, 6]],
    ["math.multiply", { y: ["x", 0, 0] }, [undefined, 4, 6]],
    ["nn.relu", {}, [undefined, 4, 6]],
    // A constant may have more axes.
    ["math.multiply", { y: [[1], [2]] }, undefined],
    ["math.reduce_sum", { axis: 1 }, undefined],
  ])("%s %j has the expected output", (name, words, output) => {
    const network = callFunction(name, words);
    expect(network.parameters).toBe(0);
    expect(network.calls.at(-1)?.outputShapes).toEqual([output]);
  });
});

test("a graph converted for TensorFlow.js has the weights of its file, 4 bytes per element once loaded", async () => {
  const text = JSON.stringify({
    format: "graph-model",
    modelTopology: { node: [{ name: "x", op: "Placeholder" }], versions: {} },
    weightsManifest: [
      {
        paths: ["group1-shard1of1.bin"],
        weights: [
          { name: "w", shape: [3, 5], dtype: "float32", quantization: { dtype: "uint8", min: 0, scale: 1 } },
          { name: "axis", shape: [], dtype: "int32" },
        ],
      },
    ],
  });
  const network = kerasNetwork(
    await readModelFile(bytesSource("model.json", new TextEncoder().encode(text))),
  );
  expect(network).toMatchObject({ kind: "graph", parameters: 16 });
  const ledger = kerasLedger(network, { batch: 1 });
  expect(ledger.items.map(({ kind, bytes }) => [kind, bytes])).toEqual([
    ["weights", 64],
    ["activations", undefined],
  ]);
});
