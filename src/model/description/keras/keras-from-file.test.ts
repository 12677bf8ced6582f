import { describe, expect, test } from "vitest";
import type { FileTensor, ModelFile } from "../../file/header/model-file.ts";
import { applications, networkOf, topologyFile } from "./applications.fixture.ts";
import { kerasNetwork } from "./keras-from-file.ts";
import type { KerasNetwork } from "./network/keras-network.ts";

type Settings = Readonly<Record<string, unknown>>;

function sequential(...layers: readonly Settings[]): Settings {
  return { class_name: "Sequential", config: { name: "s", layers } };
}

function layer(class_name: string, config: Settings): Settings {
  return { class_name, config: { name: class_name.toLowerCase(), ...config } };
}

function shapesOf(network: KerasNetwork): readonly unknown[] {
  return network.calls.map((call) => call.outputShapes[0]);
}

/** Returns the output without its batch, and the parameters, of one layer over an input. */
function one(
  class_name: string,
  config: Settings,
  ...input: readonly (number | null)[]
): readonly [unknown, unknown] {
  const network = networkOf(
    sequential(layer(class_name, { batch_input_shape: [null, ...input], ...config })),
  );
  return [network.calls.at(-1)?.outputShapes[0]?.slice(1), network.parameters];
}

test.each(applications)("%s has %i parameters, as its page says", (_, parameters, topology) => {
  const network = networkOf(topology());
  expect(network.parameters).toBe(parameters);
  expect(network.unknown).toEqual([]);
  expect(network.calls.at(-1)?.outputShapes).toEqual([[undefined, 1000]]);
});

describe("shapes and parameters, worked out by hand", () => {
  test.each([
    ["Conv2D", { filters: 4, kernel_size: [3, 3], groups: 2 }, [8, 8, 6], [6, 6, 4], 3 * 3 * 3 * 4 + 4],
    ["Conv2D", { filters: 4, kernel_size: 3, dilation_rate: 2, strides: 1 }, [9, 9, 1], [5, 5, 4], 40],
    [
      "Conv2D",
      { filters: 4, kernel_size: 3, strides: 2, padding: "same", data_format: "channels_first" },
      [3, 7, 8],
      [4, 4, 4],
      112,
    ],
    ["Conv1D", { filters: 2, kernel_size: 3, padding: "causal" }, [10, 5], [10, 2], 32],
    ["Conv2DTranspose", { filters: 3, kernel_size: 3, strides: 2 }, [4, 5, 2], [9, 11, 3], 57],
    ["DepthwiseConv2D", { kernel_size: 3, depth_multiplier: 2 }, [5, 5, 4], [3, 3, 8], 72 + 8],
    [
      "SeparableConv2D",
      { filters: 5, kernel_size: 3, depth_multiplier: 2 },
      [5, 5, 4],
      [3, 3, 5],
      72 + 40 + 5,
    ],
    // Keras 2: 3 x ((4 + 3) x 4 + 2 x 4)
    ["GRU", { units: 4, reset_after: true }, [7, 3], [4], 108],
    ["GRU", { units: 4 }, [7, 3], [4], 96],
    ["LSTM", { units: 4, return_sequences: true }, [7, 3], [7, 4], 4 * 4 * (4 + 3 + 1)],
    ["SimpleRNN", { units: 4, use_bias: false }, [7, 3], [4], 28],
    ["Bidirectional", { layer: layer("LSTM", { units: 4 }), merge_mode: "concat" }, [7, 3], [8], 256],
    ["Bidirectional", { layer: layer("LSTM", { units: 4 }), merge_mode: "sum" }, [7, 3], [4], 256],
    ["TimeDistributed", { layer: layer("Dense", { units: 5 }) }, [7, 3], [7, 5], 20],
    ["ConvLSTM2D", { filters: 2, kernel_size: 3 }, [4, 6, 6, 3], [4, 4, 2], 4 * 2 * (27 + 18 + 1)],
    ["Embedding", { input_dim: 10, output_dim: 4 }, [6], [6, 4], 40],
    ["BatchNormalization", { scale: false }, [5, 6], [5, 6], 18],
    ["LayerNormalization", { axis: [1, 2] }, [5, 6], [5, 6], 60],
    ["GroupNormalization", {}, [5, 6], [5, 6], 12],
    // Mean, variance and one count
    ["Normalization", { axis: -1 }, [5, 6], [5, 6], 13],
    ["PReLU", { shared_axes: [1] }, [5, 6], [5, 6], 6],
    // 4 projections of 8 x 2 x 4, biases of 2 x 4 three times and of 8
    ["MultiHeadAttention", { num_heads: 2, key_dim: 4 }, [5, 8], [5, 8], 4 * 64 + 24 + 8],
    ["GlobalAveragePooling2D", { keepdims: true }, [5, 6, 7], [1, 1, 7], 0],
    ["Reshape", { target_shape: [-1, 6] }, [5, 4, 3], [10, 6], 0],
    ["Permute", { dims: [2, 1] }, [5, 4], [4, 5], 0],
    ["Cropping1D", { cropping: [1, 2] }, [9, 4], [6, 4], 0],
    [
      "ZeroPadding2D",
      {
        padding: [
          [1, 2],
          [3, 4],
        ],
      },
      [2, 2, 1],
      [5, 9, 1],
      0,
    ],
    ["UpSampling2D", { size: [2, 3] }, [2, 2, 1], [4, 6, 1], 0],
    ["Resizing", { height: 3, width: 4 }, [9, 9, 2], [3, 4, 2], 0],
    ["MaxPooling2D", { pool_size: 3, strides: 2, padding: "same" }, [7, 7, 2], [4, 4, 2], 0],
    ["Flatten", {}, [2, 3, 4], [24], 0],
    [
      "RNN",
      {
        cell: {
          class_name: "StackedRNNCells",
          config: { cells: [layer("LSTMCell", { units: 3 }), layer("GRUCell", { units: 2 })] },
        },
      },
      [5, 4],
      [2],
      96 + 36,
    ],
  ] as const)("a layer %s %j has them", (className, config, input, output, parameters) => {
    expect(one(className, config, ...input)).toEqual([output, parameters]);
  });

  test("variable sizes stay unknown, or are filled in", () => {
    const text = sequential(layer("Embedding", { input_dim: 10, output_dim: 4 }), layer("Flatten", {}));
    expect(shapesOf(networkOf(text)).at(-1)).toEqual([undefined, undefined]);
    expect(shapesOf(kerasNetwork(topologyFile(text), { openSize: 6 })).at(-1)).toEqual([undefined, 24]);
  });
});

describe("spellings", () => {
  const dense = { units: 3, activation: "hardSigmoid", useBias: false };
  test("keys of TensorFlow.js in memory are read", () => {
    const network = networkOf({
      className: "Sequential",
      config: {
        layers: [{ className: "Dense", config: { name: "d", batchInputShape: [null, 5], ...dense } }],
      },
    });
    expect(network.layers[1]).toMatchObject({ name: "d", parameters: 15, activations: ["hard_sigmoid"] });
  });

  test("a config of Keras 1, which is a list of layers, is read", () => {
    expect(
      networkOf({ class_name: "Sequential", config: [layer("Dense", { units: 2, input_dim: 7 })] })
        .parameters,
    ).toBe(16);
  });

  test("a file of Keras 3 is read: batch_shape, types as objects, inputs by their history", () => {
    const from = (name: string): Settings => ({
      class_name: "__keras_tensor__",
      config: { shape: [null, 4], dtype: "float32", keras_history: [name, 0, 0] },
    });
    const network = networkOf({
      class_name: "Functional",
      config: {
        name: "three",
        layers: [
          {
            class_name: "InputLayer",
            name: "i",
            config: { batch_shape: [null, 4], dtype: "float32" },
            inbound_nodes: [],
          },
          {
            class_name: "Dense",
            name: "d",
            config: { units: 4, dtype: { class_name: "DTypePolicy", config: { name: "float32" } } },
            inbound_nodes: [{ args: [from("i")], kwargs: {} }],
          },
          {
            class_name: "Add",
            name: "a",
            config: {},
            inbound_nodes: [{ args: [[from("i"), from("d")]], kwargs: { mask: null } }],
          },
        ],
        input_layers: ["i", 0, 0],
        output_layers: [["a", 0, 0]],
      },
    });
    expect(network.calls.map((call) => call.inputs.length)).toEqual([0, 1, 2]);
    expect(network.parameters).toBe(20);
  });

  test("a shared layer has its weights once and a call per use; calls of a nested network count from 1", () => {
    const inner = {
      class_name: "Sequential",
      name: "inner",
      config: { name: "inner", layers: [layer("Dense", { units: 4, batch_input_shape: [null, 4] })] },
    };
    const network = networkOf({
      class_name: "Model",
      config: {
        name: "outer",
        layers: [
          {
            class_name: "InputLayer",
            name: "i",
            config: { batch_input_shape: [null, 4] },
            inbound_nodes: [],
          },
          { ...inner, inbound_nodes: [[["i", 0, 0, {}]], [["inner", 1, 0, {}]]] },
        ],
        input_layers: [["i", 0, 0]],
        output_layers: [["inner", 2, 0]],
      },
    });
    expect(network.parameters).toBe(20);
    expect(network.calls.map((call) => call.layer)).toEqual([0, 1, 1]);
    expect(network.outputs).toEqual([{ call: 2, output: 0 }]);
  });

  test("calls of Keras 3 count from 0 between layers, from 1 for outputs; shapes noted for several inputs are ignored", () => {
    const from = (name: string, node: number): Settings => ({
      args: [
        { class_name: "__keras_tensor__", config: { shape: [null, 4], keras_history: [name, node, 0] } },
      ],
      kwargs: {},
    });
    const inner = {
      class_name: "Sequential",
      name: "inner",
      config: { name: "inner", layers: [layer("Dense", { units: 4, batch_shape: [null, 4] })] },
    };
    const build_config = {
      input_shape: [
        [null, 4],
        [null, 4],
      ],
    };
    const network = networkOf({
      class_name: "Functional",
      config: {
        layers: [
          { class_name: "InputLayer", name: "i", config: { batch_shape: [null, 4] }, inbound_nodes: [] },
          { ...inner, inbound_nodes: [from("i", 0), from("inner", 0)] },
          { class_name: "Add", name: "plus", config: {}, build_config, inbound_nodes: [from("inner", 0)] },
        ],
        input_layers: ["i", 0, 0],
        output_layers: ["inner", 2, 0],
      },
    });
    expect(network.parameters).toBe(20);
    expect(network.calls[network.outputs[0]?.call ?? 0]).toMatchObject({
      layer: 1,
      inputs: [{ call: 1, output: 0 }],
    });
  });

  test("a frozen layer and a frozen network have no trainable weights", () => {
    const network = networkOf(
      sequential(
        layer("Dense", { units: 3, input_dim: 2, trainable: false }),
        layer("BatchNormalization", {}),
      ),
    );
    expect([network.parameters, network.trainableParameters]).toEqual([9 + 12, 6]);
  });
});

function tensor(name: string, ...shape: readonly number[]): FileTensor {
  return { name, shape, type: "float32", bytes: 4 * shape.reduce((all, size) => all * size, 1), offset: 0 };
}

describe("an unknown layer", () => {
  const own = sequential(
    layer("Dense", { units: 3, input_dim: 2 }),
    layer("MyLayer", {}),
    layer("Dense", { name: "after", units: 3 }),
  );

  test("is reported, and so are all layers after it", () => {
    const network = networkOf(own);
    expect(network.parameters).toBeUndefined();
    expect(network.unknown[0]).toContain('"MyLayer"');
    expect(shapesOf(network)).toEqual([[undefined, 2], [undefined, 3], undefined, undefined]);
  });

  test("has the weights of the file", () => {
    const weights = [
      tensor("dense/kernel", 2, 3),
      tensor("dense/bias", 3),
      tensor("mylayer/w", 5, 7),
      tensor("after/kernel", 3, 3),
    ];
    const network = kerasNetwork({ ...topologyFile(own), weights } as ModelFile);
    expect(network.layers.map((each) => each.parameters)).toEqual([0, 9, 35, 9]);
    expect(network.parameters).toBe(53);
  });

  test("is named if its weights contradict its settings", () => {
    const file = {
      ...topologyFile(own),
      weights: [tensor("dense/kernel", 2, 4), tensor("dense/bias", 4)],
    } as ModelFile;
    expect(() => kerasNetwork(file)).toThrow(
      /layer "dense": the file lists 12 parameters .* but its settings require 9/u,
    );
  });
});
