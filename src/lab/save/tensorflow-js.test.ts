import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../shared/errors.ts";
import type { Layer, Network } from "../network/layer.ts";
import {
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling,
  layerNormalization,
  maxPooling2d,
  multiHeadAttention,
  network,
  residual,
} from "../network/layers.ts";
import type { LayersModelSource } from "./tensorflow-js.ts";
import { exportLayersModel } from "./tensorflow-js.ts";

/** Makes a parameter filled with consecutive numbers from `first`. */
function parameter(
  name: string,
  shape: readonly number[],
  first: number,
): LayersModelSource["parameters"][number] {
  const count = shape.reduce((product, each) => product * each, 1);
  return { name, shape, data: Float32Array.from({ length: count }, (_, at) => first + at) };
}

const plain: LayersModelSource = {
  network: network({ shape: [2, 3] }, [
    conv2d(2, [1, 2], { activation: "relu" }),
    maxPooling2d({ poolSize: 1 }),
    flatten(),
    dropout(0.25),
    dense(1, { useBias: false }),
  ]),
  // In any order, as a store may return them.
  parameters: [
    parameter("layers.4.kernel", [8, 1], 20),
    parameter("layers.0.bias", [2], 10),
    parameter("layers.0.kernel", [1, 2, 1, 2], 1),
  ],
  loss: "binaryCrossentropy",
};

interface Model {
  readonly format: string;
  readonly modelTopology: {
    readonly class_name: string;
    readonly config: { readonly layers: readonly unknown[]; readonly output_layers?: unknown };
  };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly dtype: string;
    }[];
  }[];
}

function modelOf(source: LayersModelSource): Model {
  return JSON.parse(exportLayersModel(source)["model.json"]) as Model;
}

describe("exportLayersModel", () => {
  test("writes plain layers as a Sequential model, named as in Keras", () => {
    const { format, modelTopology } = modelOf(plain);
    expect(format).toBe("layers-model");
    expect(modelTopology.class_name).toBe("Sequential");
    const layer = (class_name: string, name: string, config: object): object => ({
      class_name,
      config: { name, trainable: true, ...config },
    });
    expect(modelTopology.config.layers).toEqual([
      layer("InputLayer", "input", { batch_input_shape: [null, 2, 3], dtype: "float32", sparse: false }),
      layer("Reshape", "layers_0_reshape", { target_shape: [2, 3, 1] }),
      layer("Conv2D", "layers_0", {
        filters: 2,
        kernel_size: [1, 2],
        strides: [1, 1],
        padding: "valid",
        data_format: "channels_last",
        dilation_rate: [1, 1],
        activation: "relu",
        use_bias: true,
      }),
      layer("MaxPooling2D", "layers_1", {
        pool_size: [1, 1],
        strides: [1, 1],
        padding: "valid",
        data_format: "channels_last",
      }),
      // Two rows of two windows with two filters each: 8.
      layer("Reshape", "layers_2", { target_shape: [8] }),
      layer("Dropout", "layers_3", { rate: 0.25 }),
      layer("Dense", "layers_4", { units: 1, activation: "linear", use_bias: false }),
      // The loss treats the output as a logit, so the model appends the probability.
      layer("Activation", "probabilities", { activation: "sigmoid" }),
    ]);
  });

  test("writes the weights in the order of the layers, with their names and shapes", () => {
    const { weightsManifest } = modelOf(plain);
    expect(weightsManifest).toEqual([
      {
        paths: ["weights.bin"],
        weights: [
          { name: "layers_0/kernel", shape: [1, 2, 1, 2], dtype: "float32" },
          { name: "layers_0/bias", shape: [2], dtype: "float32" },
          { name: "layers_4/kernel", shape: [8, 1], dtype: "float32" },
        ],
      },
    ]);
    const bytes = exportLayersModel(plain)["weights.bin"];
    expect([...new Float32Array(bytes.slice().buffer)]).toEqual([
      1, 2, 3, 4, 10, 11, 20, 21, 22, 23, 24, 25, 26, 27,
    ]);
  });

  test("writes a residual as a Model with an Add layer", () => {
    const { modelTopology } = modelOf({
      network: network({ shape: [4] }, [residual([layerNormalization(), residual([dense(4)])])]),
      parameters: [
        parameter("layers.0.0.gamma", [4], 0),
        parameter("layers.0.0.beta", [4], 0),
        parameter("layers.0.1.0.kernel", [4, 4], 0),
        parameter("layers.0.1.0.bias", [4], 0),
      ],
      loss: "meanSquaredError",
    });
    expect(modelTopology.class_name).toBe("Model");
    const from = (...names: readonly string[]): readonly unknown[] => [names.map((name) => [name, 0, 0, {}])];
    expect(modelTopology.config).toMatchObject({
      layers: [
        { class_name: "InputLayer", name: "input", inbound_nodes: [] },
        { class_name: "LayerNormalization", name: "layers_0_0", inbound_nodes: from("input") },
        { class_name: "Dense", name: "layers_0_1_0", inbound_nodes: from("layers_0_0") },
        { class_name: "Add", name: "layers_0_1", inbound_nodes: from("layers_0_1_0", "layers_0_0") },
        { class_name: "Add", name: "layers_0", inbound_nodes: from("layers_0_1", "input") },
      ],
      input_layers: [["input", 0, 0]],
      output_layers: [["layers_0", 0, 0]],
    });
  });

  test("writes the average that skips padding with existing layers that are not trainable", () => {
    const source: LayersModelSource = {
      network: network({ shape: [3], type: "int32" }, [
        embedding(4, 2, { maskZero: true }),
        globalAveragePooling(),
      ]),
      parameters: [parameter("layers.0.embeddings", [4, 2], 1)],
      loss: "meanSquaredError",
    };
    const { modelTopology, weightsManifest } = modelOf(source);
    const layers = modelTopology.config.layers as readonly {
      class_name: string;
      config: { trainable: boolean };
    }[];
    expect(layers.map((each) => each.class_name).sort()).toEqual(
      // In addition to input and embedding: two tables, their reshapes, and the weighted sum.
      [
        "InputLayer",
        "Embedding",
        "Embedding",
        "Embedding",
        "Reshape",
        "Reshape",
        "Reshape",
        "Activation",
        "Multiply",
        "Dot",
      ].sort(),
    );
    expect(layers.filter((each) => !each.config.trainable).length).toBe(2);
    expect(weightsManifest[0]?.weights.map((each) => each.name)).toEqual([
      "layers_0/embeddings",
      "layers_1_scores/embeddings",
      "layers_1_counts/embeddings",
    ]);
    const numbers = new Float32Array(exportLayersModel(source)["weights.bin"].slice().buffer);
    expect([...numbers.subarray(8)]).toEqual([-1e9, 0, 0, 0, 0, 1, 1, 1]);
  });

  const words = (...layers: readonly Layer[]): Network => network({ shape: [3], type: "int32" }, layers);
  test.each<[string, Partial<LayersModelSource>, RegExp]>([
    [
      "attention",
      {
        network: words(embedding(4, 2), residual([multiHeadAttention(1)])),
        parameters: [parameter("layers.0.embeddings", [4, 2], 1)],
      },
      /^layers\.1\.0 \(multiHeadAttention\): got attention, which TensorFlow\.js lacks, allowed: flatten/,
    ],
    [
      "learned positions",
      { network: words(embedding(4, 2, { positions: true })), parameters: [] },
      /^layers\.0 \(embedding\): got learned positions/,
    ],
    ["a missing parameter", { parameters: plain.parameters.slice(1) }, /layers\.4\.kernel is missing/],
    [
      "a parameter too many",
      { parameters: [...plain.parameters, parameter("layers.4.bias", [1], 0)] },
      /layers\.4\.bias is not a parameter of the network/,
    ],
    [
      "a parameter twice",
      { parameters: [...plain.parameters, ...plain.parameters.slice(0, 1)] },
      /got a name twice/,
    ],
    [
      "another shape",
      { parameters: [parameter("layers.4.kernel", [4, 2], 0), ...plain.parameters.slice(1)] },
      /got layers\.4\.kernel of the shape \[4, 2\] with 8 numbers, allowed: \[8, 1\] with 8/,
    ],
    ["an unknown loss", { loss: "hinge" as "meanSquaredError" }, /loss: got "hinge"/],
  ])("refuses %s", (_what, change, message) => {
    let error: unknown;
    try {
      exportLayersModel({ ...plain, ...change });
    } catch (caught) {
      error = caught;
    }
    expect(isLoadlineError(error, "invalid-option")).toBe(true);
    expect((error as Error).message).toMatch(message);
  });
});
