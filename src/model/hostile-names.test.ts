import { describe, expect, test } from "vitest";
import { ggufBytes } from "./file/header/header.fixture.ts";
import {
  bytesSource,
  kerasLedger,
  kerasNetwork,
  llamaCppLedger,
  plan,
  readModelFile,
  describeModel,
} from "./index.ts";

/** Names that every object has: a careless lookup in a table finds them. */
const names = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"];

describe.each(names)("a file that calls itself %s", (name) => {
  test("as a family of GGUF is one that is not known", async () => {
    const bytes = ggufBytes({
      settings: [
        ["general.architecture", { text: name }],
        [`${name}.block_count`, { u32: 2 }],
        [`${name}.embedding_length`, { u32: 64 }],
        [`${name}.attention.head_count`, { u32: 4 }],
        [`${name}.context_length`, { u32: 512 }],
        [`${name}.feed_forward_length`, { u32: 128 }],
      ],
      tensors: [{ name: "token_embd.weight", shape: [64, 100], type: 1, offset: 0 }],
      dataBytes: 12_800,
    });
    const description = describeModel(await readModelFile(bytesSource("x.gguf", bytes)));
    expect(description.known).toBe(false);
    expect(Number.isFinite(llamaCppLedger(description, { contextTokens: 512 }).totalBytes)).toBe(true);
    expect(() => plan(description, "chat", { budgetBytes: 2 ** 33 })).not.toThrow();
  });

  test("as a layer of Keras has a shape that is not known", async () => {
    const layers = [
      { class_name: "InputLayer", config: { name: "input", batch_input_shape: [null, 4] } },
      { class_name: name, config: { name: "odd" } },
    ];
    const topology = { class_name: "Sequential", config: { name: "s", layers } };
    const text = JSON.stringify({ modelTopology: topology, weightsManifest: [] });
    const file = await readModelFile(bytesSource("model.json", new TextEncoder().encode(text)));
    if (file.format !== "keras") throw new Error("not read as Keras");
    expect(kerasLedger(kerasNetwork(file), { batch: 2 }).atLeast).toBe(true);
  });
});
