import { joinBytes, protobufField } from "../../src/model/file/header/header.fixture.ts";
import { drawGguf } from "./draw-gguf.ts";
import { drawConfigFile, drawIndex, drawKeras, drawSafetensors } from "./draw-json.ts";
import { listOf, oddNumbers, once, pick } from "./draw-values.ts";
import type { Random } from "./mutate.ts";
import type { ValidModel } from "./valid-headers.ts";

/** Fields of ONNX messages that are messages themselves, by message: what a reader may descend into. */
const inner: Readonly<Record<string, readonly (readonly [field: number, message: string])[]>> = {
  graph: [
    [1, "node"],
    [5, "tensor"],
    [15, "sparse"],
  ],
  node: [[5, "attribute"]],
  attribute: [
    [5, "tensor"],
    [6, "graph"],
    [10, "tensor"],
    [22, "sparse"],
  ],
  sparse: [
    [1, "tensor"],
    [2, "tensor"],
  ],
};

function drawTensor(random: Random): Uint8Array {
  const shape = listOf(random(4), () =>
    once(random, 60) ? Math.floor(Math.abs(pick(random, oddNumbers))) : random(9),
  );
  const elements = shape.reduce((all, size) => all * size, 1);
  const fields = [
    ...shape.map((size) => protobufField(1, size)),
    protobufField(2, once(random, 60) ? random(40) : 1),
    protobufField(8, `w${random(10_000)}`),
    once(random, 2) && elements < 1000
      ? protobufField(9, new Uint8Array(once(random, 60) ? 7 : 4 * elements))
      : protobufField(13, joinBytes(protobufField(1, "location"), protobufField(2, "w.bin"))),
  ];
  return joinBytes(...fields);
}

function drawMessage(random: Random, message: string, depth: number): Uint8Array {
  if (message === "tensor") return drawTensor(random);
  const choices = inner[message] ?? [];
  const fields = listOf(depth > 8 ? 0 : random(4), () => {
    const [field, kind] = pick(random, choices);
    return protobufField(once(random, 80) ? random(40) + 1 : field, drawMessage(random, kind, depth + 1));
  });
  return joinBytes(protobufField(2, `out${random(100)}`), ...fields);
}

function drawOnnx(random: Random): ValidModel {
  const graph = joinBytes(
    ...listOf(1 + random(6), () => {
      const [field, kind] = pick(random, inner["graph"] ?? []);
      return protobufField(field, drawMessage(random, kind, 1));
    }),
  );
  return { open: "m.onnx", files: { "m.onnx": joinBytes(protobufField(1, 8), protobufField(7, graph)) } };
}

/** Draws a complete model with odd values for numbers, names and offsets, which pass the checks of the bytes. */
export function drawModel(random: Random): ValidModel {
  const draws = [
    drawGguf,
    drawGguf,
    drawGguf,
    drawSafetensors,
    drawIndex,
    drawConfigFile,
    drawKeras,
    drawOnnx,
  ];
  return pick(random, draws)(random);
}
