import { ggufBytes } from "../../src/model/file/header/header.fixture.ts";
import type { TensorFixture } from "../../src/model/file/header/header.fixture.ts";
import {
  blobSource,
  bytesSource,
  describeModel,
  llamaCppLedger,
  openModel,
  plan,
  readModelFile,
  trainingLedger,
  vllmLedger,
} from "../../src/model/index.ts";
import type { ProgramFiles } from "./program-files.ts";

const width = 512;
const layers = 4;
/** GGUF's numbers of the types f32 and q8_0. */
const f32 = 0;
const q8 = 8;

/** Writes the header of a small Llama in GGUF: tensors one after another, without their data. */
export function writeLlamaHeader(): Uint8Array {
  const matrices = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
  const names = Array.from({ length: layers }, (_, layer) => [
    ...["attn_norm", "ffn_norm"].map((name) => ({ name: `blk.${layer}.${name}.weight`, shape: [width] })),
    ...matrices.map((name) => ({ name: `blk.${layer}.${name}.weight`, shape: [width, width] })),
  ]);
  let offset = 0;
  const listed = [
    { name: "token_embd.weight", shape: [width, 32_000] },
    { name: "output_norm.weight", shape: [width] },
    ...names.flat(),
  ];
  const tensors = listed.map(({ name, shape }): TensorFixture => {
    const isVector = shape.length === 1;
    const tensor = { name, shape, type: isVector ? f32 : q8, offset };
    const elements = shape.reduce((product, size) => product * size, 1);
    offset += isVector ? 4 * elements : (34 * elements) / 32;
    return tensor;
  });
  const counts = {
    block_count: layers,
    embedding_length: width,
    feed_forward_length: width,
    context_length: 8192,
    vocab_size: 32_000,
    "attention.head_count": 8,
    "attention.head_count_kv": 8,
  };
  return ggufBytes({
    settings: [
      ["general.architecture", { text: "llama" }],
      ...Object.entries(counts).map(([name, count]) => [`llama.${name}`, { u32: count }] as const),
    ],
    tensors,
  });
}

/** Reads a GGUF header from bytes and from a chosen file, and a config.json from its address. Returns ledgers and plans. */
export async function run(files: ProgramFiles): Promise<unknown> {
  const bytes = writeLlamaHeader();
  const description = describeModel(await readModelFile(bytesSource("m.gguf", bytes)));
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const chosen = describeModel(await readModelFile(blobSource("m.gguf", blob)));
  const source = await openModel(files.location("config.json"));
  const config = describeModel(await readModelFile(source));
  await source.close?.();
  return {
    ledger: llamaCppLedger(description, { contextTokens: 4096 }),
    chosen: llamaCppLedger(chosen, { contextTokens: 4096 }).totalBytes,
    plans: plan(description, "chat", { budgetBytes: 48 * 2 ** 20 }),
    vllm: vllmLedger(config, { contextTokens: 4096 }),
    training: trainingLedger(config, { batch: 2, sequence: 512 }),
  };
}
