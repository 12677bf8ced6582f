import { expect, test } from "vitest";
import {
  ggufBytes,
  onnxBytes,
  joinBytes,
  protobufField,
  safetensorsBytes,
} from "./file/header/header.fixture.ts";
import { bytesSource, llamaCppLedger, plan, readModelFile, describeModel, vllmLedger } from "./index.ts";

const weight = joinBytes(
  protobufField(1, 200),
  protobufField(1, 300),
  protobufField(2, 1),
  protobufField(8, "w"),
  protobufField(9, new Uint8Array(240_000)),
);

// 200 x 300 elements of four bytes in each
test.each([
  ["m.onnx", onnxBytes([weight])],
  ["m.safetensors", safetensorsBytes({ w: { dtype: "F32", shape: [200, 300], data_offsets: [0, 240_000] } })],
  [
    "flux.gguf",
    ggufBytes({
      settings: [["general.architecture", { text: "flux" }]],
      tensors: [{ name: "w", shape: [300, 200], type: 0, offset: 0 }],
    }),
  ],
])("%s alone has its weights counted, without a context, and says at least", async (name, bytes) => {
  const description = describeModel(await readModelFile(bytesSource(name, bytes)));
  for (const ledger of [llamaCppLedger(description), vllmLedger(description)]) {
    expect(ledger.items.find((line) => line.kind === "weights")?.bytes).toBe(240_000);
    expect(ledger.atLeast).toBe(true);
  }
  expect(plan(description, "chat", { budgetBytes: 2 ** 33 }).plans.length).toBeGreaterThan(0);
});
