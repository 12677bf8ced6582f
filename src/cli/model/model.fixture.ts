import { ggufBytes } from "../../model/file/header/header.fixture.ts";
import type { SettingFixture, TensorFixture } from "../../model/file/header/header.fixture.ts";
import { llama8bConfig } from "../../model/description/llama.fixture.ts";
export { runWords } from "../terminal.fixture.ts";

const [layers, width, heads, groups, inner, vocabulary] = [4, 256, 4, 2, 512, 1000] as const;
const f16 = 1;

/** Returns a small Llama as a GGUF file: header and room for its weights. */
export function smallGguf(): Uint8Array {
  const tensors: TensorFixture[] = [];
  let offset = 0;
  const add = (name: string, ...shape: readonly number[]): void => {
    tensors.push({ name, shape, type: f16, offset });
    offset += Math.ceil((shape.reduce((all, size) => all * size, 1) * 2) / 32) * 32;
  };
  add("token_embd.weight", width, vocabulary);
  add("output.weight", width, vocabulary);
  add("output_norm.weight", width);
  for (let layer = 0; layer < layers; layer++) {
    const key = (groups * width) / heads;
    add(`blk.${layer}.attn_norm.weight`, width);
    add(`blk.${layer}.attn_q.weight`, width, width);
    add(`blk.${layer}.attn_k.weight`, width, key);
    add(`blk.${layer}.attn_v.weight`, width, key);
    add(`blk.${layer}.attn_output.weight`, width, width);
    add(`blk.${layer}.ffn_norm.weight`, width);
    add(`blk.${layer}.ffn_gate.weight`, width, inner);
    add(`blk.${layer}.ffn_up.weight`, width, inner);
    add(`blk.${layer}.ffn_down.weight`, inner, width);
  }
  const settings: (readonly [string, SettingFixture])[] = [
    ["general.architecture", { text: "llama" }],
    ["general.name", { text: "a small llama" }],
    ["llama.block_count", { u32: layers }],
    ["llama.embedding_length", { u32: width }],
    ["llama.context_length", { u32: 8192 }],
    ["llama.attention.head_count", { u32: heads }],
    ["llama.attention.head_count_kv", { u32: groups }],
    ["llama.feed_forward_length", { u32: inner }],
    ["llama.vocab_size", { u32: vocabulary }],
  ];
  return ggufBytes({ settings, tensors, dataBytes: offset });
}

/** Keys and values of that model for a token, in f16. */
export const cacheBytesOfToken: number = layers * groups * (width / heads) * 2 * 2;

/** config.json of a model that fits no small card. */
export const largeConfig: object = { ...llama8bConfig, max_position_embeddings: 8192 };
