import type { ModelFile } from "../../file/header/model-file.ts";
import { kerasNetwork } from "./keras-from-file.ts";
import type { KerasNetwork } from "./network/keras-network.ts";

type Settings = Readonly<Record<string, unknown>>;

/** Writes a functional network layer by layer, as a model.json of Keras 2 has it. */
export class TopologyWriter {
  readonly layers: unknown[] = [];
  #counts = 0;

  input(...shape: readonly (number | null)[]): string {
    return this.layer("InputLayer", { batch_input_shape: [null, ...shape], dtype: "float32" });
  }

  layer(className: string, config: Settings, ...inputs: readonly string[]): string {
    this.#counts++;
    const name =
      typeof config["name"] === "string" ? config["name"] : `${className.toLowerCase()}_${this.#counts}`;
    const inbound = inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])];
    this.layers.push({ class_name: className, name, config: { ...config, name }, inbound_nodes: inbound });
    return name;
  }

  topology(inputs: readonly string[], outputs: readonly string[]): Settings {
    const ends = (names: readonly string[]): unknown => names.map((name) => [name, 0, 0]);
    return {
      class_name: "Functional",
      config: {
        name: "written",
        layers: this.layers,
        input_layers: ends(inputs),
        output_layers: ends(outputs),
      },
    };
  }
}

/** Returns a file of a topology without weights. */
export function topologyFile(topology: Settings): ModelFile {
  return { format: "keras", name: "model.json", topology, weights: [] };
}

/** Reads the network of a topology. */
export function networkOf(topology: Settings): KerasNetwork {
  return kerasNetwork(topologyFile(topology));
}

/** Adds a convolution, a normalization and a ReLU. */
function convNorm(
  w: TopologyWriter,
  x: string,
  filters: number,
  size: number | readonly number[],
  {
    more = {},
    norm = {},
  }: { readonly more?: Settings | undefined; readonly norm?: Settings | undefined } = {},
): string {
  const conv = w.layer("Conv2D", { filters, kernel_size: size, use_bias: false, ...more }, x);
  return w.layer("BatchNormalization", { axis: [3], ...norm }, conv);
}

function relu(w: TopologyWriter, x: string, most?: number): string {
  return w.layer("ReLU", most === undefined ? {} : { max_value: most }, x);
}

function classes(w: TopologyWriter, x: string): Settings {
  const pooled = w.layer("GlobalAveragePooling2D", {}, x);
  const output = w.layer("Dense", { units: 1000, activation: "softmax" }, pooled);
  return w.topology([inputName(w)], [output]);
}

function inputName(w: TopologyWriter): string {
  return String((w.layers[0] as { readonly name: string }).name);
}

/** Simonyan and Zisserman 2014: convolutions of 3 x 3 in five blocks. */
function vgg(depths: readonly number[]): Settings {
  const w = new TopologyWriter();
  const input = w.input(224, 224, 3);
  let x = input;
  depths.forEach((depth, block) => {
    for (let index = 0; index < depth; index++)
      x = w.layer(
        "Conv2D",
        { filters: Math.min(512, 64 * 2 ** block), kernel_size: [3, 3], padding: "same", activation: "relu" },
        x,
      );
    x = w.layer("MaxPooling2D", { pool_size: [2, 2], strides: [2, 2] }, x);
  });
  x = w.layer("Flatten", {}, x);
  for (const units of [4096, 4096]) x = w.layer("Dense", { units, activation: "relu" }, x);
  return w.topology([input], [w.layer("Dense", { units: 1000, activation: "softmax" }, x)]);
}

/** He et al. 2015: three convolutions parallel to each shortcut. */
function resnet50(): Settings {
  const w = new TopologyWriter();
  const biased = { use_bias: true };
  let x = w.layer(
    "ZeroPadding2D",
    {
      padding: [
        [3, 3],
        [3, 3],
      ],
    },
    w.input(224, 224, 3),
  );
  x = relu(w, convNorm(w, x, 64, 7, { more: { ...biased, strides: 2 } }));
  x = w.layer("MaxPooling2D", { pool_size: 3, strides: 2 }, w.layer("ZeroPadding2D", { padding: 1 }, x));
  for (const [stack, depth] of [3, 4, 6, 3].entries()) {
    const filters = 64 * 2 ** stack;
    for (let block = 0; block < depth; block++) {
      const strides = block === 0 && stack > 0 ? 2 : 1;
      const shortcut = block === 0 ? convNorm(w, x, 4 * filters, 1, { more: { ...biased, strides } }) : x;
      let y = relu(w, convNorm(w, x, filters, 1, { more: { ...biased, strides } }));
      y = relu(w, convNorm(w, y, filters, 3, { more: { ...biased, padding: "same" } }));
      x = relu(w, w.layer("Add", {}, shortcut, convNorm(w, y, 4 * filters, 1, { more: biased })));
    }
  }
  return classes(w, x);
}

/** Howard et al. 2017: each convolution in two, over space and over channels. */
function mobilenet(): Settings {
  const w = new TopologyWriter();
  const input = w.input(224, 224, 3);
  const depthwise = (from: string, strides: number): string => {
    const padded =
      strides === 1
        ? from
        : w.layer(
            "ZeroPadding2D",
            {
              padding: [
                [0, 1],
                [0, 1],
              ],
            },
            from,
          );
    const padding = strides === 1 ? "same" : "valid";
    const conv = w.layer(
      "DepthwiseConv2D",
      { kernel_size: [3, 3], strides, padding, use_bias: false },
      padded,
    );
    return relu(w, w.layer("BatchNormalization", {}, conv), 6);
  };
  let x = relu(w, convNorm(w, input, 32, 3, { more: { strides: 2, padding: "same" } }), 6);
  const steps = "64:1 128:2 128:1 256:2 256:1 512:2 512:1 512:1 512:1 512:1 512:1 1024:2 1024:1";
  for (const step of steps.split(" ")) {
    const [filters = 1, strides = 1] = step.split(":").map(Number);
    x = relu(w, convNorm(w, depthwise(x, strides), filters, 1, { more: { padding: "same" } }), 6);
  }
  x = w.layer("GlobalAveragePooling2D", { keepdims: true }, x);
  x = w.layer(
    "Conv2D",
    { filters: 1000, kernel_size: 1, padding: "same" },
    w.layer("Dropout", { rate: 0.001 }, x),
  );
  x = w.layer("Activation", { activation: "softmax" }, w.layer("Reshape", { target_shape: [1000] }, x));
  return w.topology([input], [x]);
}

/** Sandler et al. 2018: blocks that widen, convolve over space, and narrow. */
function mobilenetV2(): Settings {
  const w = new TopologyWriter();
  let x = relu(w, convNorm(w, w.input(224, 224, 3), 32, 3, { more: { strides: 2, padding: "same" } }), 6);
  let channels = 32;
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const;
  for (const [widen, filters, depth, first] of stages) {
    for (let block = 0; block < depth; block++) {
      const strides = block === 0 ? first : 1;
      const wide = widen === 1 ? x : relu(w, convNorm(w, x, widen * channels, 1), 6);
      const conv = w.layer(
        "DepthwiseConv2D",
        { kernel_size: 3, strides, padding: "same", use_bias: false },
        wide,
      );
      const narrow = convNorm(w, relu(w, w.layer("BatchNormalization", {}, conv), 6), filters, 1);
      x = strides === 1 && channels === filters ? w.layer("Add", {}, x, narrow) : narrow;
      channels = filters;
    }
  }
  return classes(w, relu(w, convNorm(w, x, 1280, 1), 6));
}

/** Huang et al. 2016: each layer reads all before it. */
function densenet121(): Settings {
  const w = new TopologyWriter();
  const norm = (x: string): string => relu(w, w.layer("BatchNormalization", { axis: 3 }, x));
  const conv = (x: string, filters: number, size: number): string =>
    w.layer("Conv2D", { filters, kernel_size: size, padding: "same", use_bias: false }, x);
  let x = w.layer("ZeroPadding2D", { padding: 3 }, w.input(224, 224, 3));
  x = relu(w, convNorm(w, x, 64, 7, { more: { strides: 2 } }));
  x = w.layer("MaxPooling2D", { pool_size: 3, strides: 2 }, w.layer("ZeroPadding2D", { padding: 1 }, x));
  let channels = 64;
  for (const [stage, depth] of [6, 12, 24, 16].entries()) {
    for (let layer = 0; layer < depth; layer++)
      x = w.layer("Concatenate", { axis: 3 }, x, conv(norm(conv(norm(x), 128, 1)), 32, 3));
    channels += 32 * depth;
    if (stage === 3) continue;
    channels /= 2;
    x = w.layer("AveragePooling2D", { pool_size: 2, strides: 2 }, conv(norm(x), channels, 1));
  }
  return classes(w, norm(x));
}

/** Chollet 2016: separable convolutions parallel to shortcuts. */
function xception(): Settings {
  const w = new TopologyWriter();
  const separable = (x: string, filters: number): string =>
    w.layer(
      "BatchNormalization",
      {},
      w.layer("SeparableConv2D", { filters, kernel_size: [3, 3], padding: "same", use_bias: false }, x),
    );
  let x = relu(w, convNorm(w, w.input(299, 299, 3), 32, 3, { more: { strides: 2 } }));
  x = relu(w, convNorm(w, x, 64, 3));
  const shrink = (from: string, first: number, second: number, active: boolean): string => {
    const shortcut = convNorm(w, from, second, 1, { more: { strides: 2, padding: "same" } });
    const y = separable(relu(w, separable(active ? relu(w, from) : from, first)), second);
    return w.layer(
      "Add",
      {},
      w.layer("MaxPooling2D", { pool_size: 3, strides: 2, padding: "same" }, y),
      shortcut,
    );
  };
  for (const [index, filters] of [128, 256, 728].entries()) x = shrink(x, filters, filters, index > 0);
  for (let block = 0; block < 8; block++) {
    let y = x;
    for (let layer = 0; layer < 3; layer++) y = separable(relu(w, y), 728);
    x = w.layer("Add", {}, y, x);
  }
  x = shrink(x, 728, 1024, true);
  for (const filters of [1536, 2048]) x = relu(w, separable(x, filters));
  return classes(w, x);
}

/** Convolutions one after the other: "48:1x1 64:5x5" is 48 filters of 1 x 1, then 64 of 5 x 5. */
function along(w: TopologyWriter, x: string, branch: string, more: Settings = {}): string {
  return branch.split(" ").reduce((so, each) => {
    const [filters, height, width] = each.split(/[:x]/u).map(Number);
    const settings = { padding: "same", ...more };
    return relu(
      w,
      convNorm(w, so, filters ?? 1, [height ?? 1, width ?? 1], { more: settings, norm: { scale: false } }),
    );
  }, x);
}

function concatenate(w: TopologyWriter, ...branches: readonly string[]): string {
  return w.layer("Concatenate", { axis: 3 }, ...branches);
}

function poolBranch(w: TopologyWriter, x: string, filters: number): string {
  const pooled = w.layer("AveragePooling2D", { pool_size: 3, strides: 1, padding: "same" }, x);
  return along(w, pooled, `${filters}:1x1`);
}

const halved: Settings = { padding: "valid", strides: 2 };

function shrink(w: TopologyWriter, x: string): string {
  return w.layer("MaxPooling2D", { pool_size: 3, strides: 2 }, x);
}

function inceptionStem(w: TopologyWriter): string {
  const first = along(w, w.input(299, 299, 3), "32:3x3", halved);
  const second = along(w, along(w, first, "32:3x3", { padding: "valid" }), "64:3x3");
  return shrink(w, along(w, shrink(w, second), "80:1x1 192:3x3", { padding: "valid" }));
}

/** Adds two parallel convolutions. */
function fork(w: TopologyWriter, x: string): string {
  return concatenate(w, along(w, x, "384:1x3"), along(w, x, "384:3x1"));
}

/** Szegedy et al. 2015: parallel branches of small convolutions. */
function inceptionV3(): Settings {
  const w = new TopologyWriter();
  let x = inceptionStem(w);
  for (const last of [32, 64, 64]) {
    const branches = ["64:1x1", "48:1x1 64:5x5", "64:1x1 96:3x3 96:3x3"].map((each) => along(w, x, each));
    x = concatenate(w, ...branches, poolBranch(w, x, last));
  }
  const narrow = along(w, along(w, x, "64:1x1 96:3x3"), "96:3x3", halved);
  x = concatenate(w, along(w, x, "384:3x3", halved), narrow, shrink(w, x));
  for (const c of [128, 160, 160, 192]) {
    const two = along(w, x, `${c}:1x1 ${c}:1x7 192:7x1`);
    const four = along(w, x, `${c}:1x1 ${c}:7x1 ${c}:1x7 ${c}:7x1 192:1x7`);
    x = concatenate(w, along(w, x, "192:1x1"), two, four, poolBranch(w, x, 192));
  }
  const one = along(w, along(w, x, "192:1x1"), "320:3x3", halved);
  x = concatenate(w, one, along(w, along(w, x, "192:1x1 192:1x7 192:7x1"), "192:3x3", halved), shrink(w, x));
  for (let block = 0; block < 2; block++) {
    const ends = [fork(w, along(w, x, "384:1x1")), fork(w, along(w, x, "448:1x1 384:3x3"))];
    x = concatenate(w, along(w, x, "320:1x1"), ...ends, poolBranch(w, x, 192));
  }
  return classes(w, x);
}

/** Networks of Keras Applications with the parameters that its page gives for each (keras.io/api/applications). */
export const applications: readonly (readonly [
  name: string,
  parameters: number,
  topology: () => Settings,
])[] = [
  ["VGG16", 138_357_544, () => vgg([2, 2, 3, 3, 3])],
  ["VGG19", 143_667_240, () => vgg([2, 2, 4, 4, 4])],
  ["ResNet50", 25_636_712, resnet50],
  ["MobileNet", 4_253_864, mobilenet],
  ["MobileNetV2", 3_538_984, mobilenetV2],
  ["DenseNet121", 8_062_504, densenet121],
  ["Xception", 22_910_480, xception],
  ["InceptionV3", 23_851_784, inceptionV3],
];
