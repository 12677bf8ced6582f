import { ggufBytes } from "../../src/model/file/header/header.fixture.ts";
import type { SettingFixture, TensorFixture } from "../../src/model/file/header/header.fixture.ts";
import { drawSize, listOf, oddNumbers, once, pick } from "./draw-values.ts";
import type { Random } from "./mutate.ts";
import type { ValidModel } from "./valid-headers.ts";

const families: readonly string[] = [
  "llama gemma2 gemma3 gemma3n gemma4 gpt-oss cohere2 llama4 exaone4 olmo2 modern-bert phi3 qwen3moe deepseek2 deepseek4",
  "mamba mamba2 rwkv6 rwkv7 falcon-h1 jamba granitehybrid lfm2 nemotron_h qwen3next kimi-linear minimax-m3 glm-dsa bert deci t5",
  "nova constructor",
].flatMap((names) => names.split(" "));

/** Settings that most families have, and those that few have. */
const common: readonly string[] = [
  "block_count embedding_length attention.head_count attention.head_count_kv feed_forward_length context_length vocab_size",
].flatMap((names) => names.split(" "));
const rare: readonly string[] = [
  "attention.key_length attention.value_length attention.sliding_window attention.sliding_window_pattern attention.kv_lora_rank",
  "attention.key_length_mla attention.value_length_mla attention.q_lora_rank rope.dimension_count attention.shared_kv_layers",
  "attention.indexer.head_count attention.indexer.key_length attention.compress_ratios attention.recurrent_layers",
  "ssm.conv_kernel ssm.inner_size ssm.state_size ssm.group_count ssm.time_step_rank wkv.head_size token_shift_count",
  "shortconv.l_cache kda.head_dim full_attention_interval nextn_predict_layers expert_count expert_used_count",
  "expert_feed_forward_length expert_shared_count leading_dense_block_count attention.key_length_swa attention.value_length_swa",
].flatMap((names) => names.split(" "));

const parts: readonly string[] = [
  "attn_q attn_k attn_v attn_output attn_qkv attn_norm ffn_norm ffn_up ffn_down ffn_gate ffn_up_exps ffn_down_exps ffn_gate_exps",
  "ffn_gate_inp ffn_up_shexp ssm_in ssm_conv1d ssm_out attn_kv_a_mqa attn_kv_b attn_k_b indexer.attn_k",
].flatMap((names) => names.split(" "));

/** Draws a setting of a type that a count may have, or of one that it may not. */
function drawOddSetting(random: Random, layers: number): SettingFixture {
  const number = pick(random, oddNumbers);
  switch (random(8)) {
    case 0:
      return { u64: BigInt.asUintN(64, BigInt(Math.floor(number))) };
    case 1:
      return { f32: pick(random, [Number.NaN, Number.POSITIVE_INFINITY, -1, 4.5]) };
    case 2:
      return { bool: once(random, 2) };
    case 3:
      return { text: pick(random, ["", "4", "\u001b[2J"]) };
    case 4:
      return { bools: listOf(layers, () => once(random, 2)) };
    case 5:
      return { u32s: listOf(pick(random, [0, layers - 1, layers + 1, 4097]), () => random(5)) };
    case 6:
      return { texts: listOf(random(70), () => "x") };
    default:
      return { u32: Math.max(0, Math.min(2 ** 32 - 1, Math.floor(number))) };
  }
}

function drawSetting(random: Random, key: string, layers: number): SettingFixture {
  if (once(random, 40)) return drawOddSetting(random, layers);
  if (key === "block_count") return { u32: layers };
  if (key.endsWith("_pattern") || key.endsWith("recurrent_layers"))
    return { bools: listOf(layers, () => once(random, 2)) };
  if (key === "nextn_predict_layers" || key.includes("shared_kv")) return { u32: random(layers) };
  if (key === "embedding_length") return { u32: 256 };
  if (key.includes("head_count") || key.includes("compress") || key === "feed_forward_length")
    return once(random, 3)
      ? { u32s: listOf(layers, () => pick(random, [0, 2, 4, 128])) }
      : { u32: pick(random, [2, 4, 8]) };
  return { u32: drawSize(random) };
}

function drawTensors(
  random: Random,
  layers: number,
): { readonly tensors: TensorFixture[]; readonly dataBytes: number } {
  let end = 0;
  const names = ["token_embd", "output_norm", ...(once(random, 2) ? ["output"] : [])];
  for (let layer = 0; layer < layers; layer++)
    for (const part of parts) if (once(random, 2)) names.push(`blk.${layer}.${part}`);
  const tensors = names.map((name) => {
    const shape: (number | bigint)[] = listOf(1 + random(3), () => pick(random, [256, 256, 512]));
    const isHalf = once(random, 2);
    const tensor = { name: `${name}.weight`, shape, type: isHalf ? 1 : 12, offset: end };
    const bytes = shape.reduce<number>((all, size) => all * Number(size), 1) * (isHalf ? 2 : 144 / 256);
    end += Math.ceil(bytes / 32) * 32;
    if (!once(random, 400)) return tensor;
    const odd = BigInt(Math.floor(Math.max(0, Math.min(2 ** 63, pick(random, oddNumbers)))));
    return pick(random, [
      { ...tensor, shape: [...shape.slice(1), odd] },
      { ...tensor, type: random(50) },
      { ...tensor, offset: odd },
      { ...tensor, name: pick(random, ["", "token_embd.weight", "n".repeat(200)]) },
    ]);
  });
  return { tensors, dataBytes: end };
}

/** Draws a GGUF file with settings and tensors of one family and some of others; one setting in forty is odd. */
export function drawGguf(random: Random): ValidModel {
  const family = pick(random, families);
  const layers = once(random, 200) ? 100 : 1 + random(6);
  const share = pick(random, [2, 4, 12]);
  const keys = [...common.filter(() => !once(random, 25)), ...rare.filter(() => once(random, share))];
  const settings = keys.map((key) => [`${family}.${key}`, drawSetting(random, key, layers)] as const);
  // The header alone describes gigabytes of data.
  const { tensors } = once(random, 5) ? { tensors: [] } : drawTensors(random, Math.min(layers, 6));
  const file = ggufBytes({
    version: once(random, 3) ? 2 : 3,
    settings: [["general.architecture", { text: family }], ...settings],
    tensors,
  });
  return { open: "m.gguf", files: { "m.gguf": file } };
}
