import { isJsonObject } from "../../../../shared/json/json-object.ts";
import { findClassDefaults } from "../values/class-defaults.ts";
import { readCount, settleConfig, readFlag } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

/** Parameters of a vision tower, and the width of its output; read from transformers 5.23. */
interface Tower {
  readonly parameters: number;
  readonly width: number;
}

/** Counts a matrix and its bias. */
const countLinear = (inputs: number, outputs: number, bias = true): number =>
  inputs * outputs + (bias ? outputs : 0);

/** Reads the side of a square picture: one number, or the same number twice. */
function readSide(config: Config, name: string): number | undefined {
  const value = config[name];
  if (Array.isArray(value))
    return value[0] === value[1] && typeof value[0] === "number" ? value[0] : undefined;
  return readCount(config, name);
}

interface Picture {
  readonly width: number;
  readonly inner: number;
  readonly layers: number;
  /** Values of one patch, and patches of one picture. */
  readonly patch: number;
  readonly patches: number;
}

/** Reads the sizes of a vision transformer; undefined if one is missing. */
function readPicture(config: Config): Picture | undefined {
  const width = readCount(config, "hidden_size");
  const inner = readCount(config, "intermediate_size");
  const layers = readCount(config, "num_hidden_layers");
  const [image, patch] = [readSide(config, "image_size"), readSide(config, "patch_size")];
  if (width === undefined || inner === undefined || layers === undefined) return undefined;
  if (image === undefined || patch === undefined || patch === 0) return undefined;
  const channels = readCount(config, "num_channels") ?? 3;
  return { width, inner, layers, patch: channels * patch * patch, patches: Math.floor(image / patch) ** 2 };
}

/** Counts a layer of a vision transformer: four matrices, two in the feed-forward part, two norms, all with a bias. */
const countUsualLayer = (width: number, inner: number): number =>
  4 * countLinear(width, width) + countLinear(width, inner) + countLinear(inner, width) + 4 * width;

function countClip(config: Config): Tower | undefined {
  const picture = readPicture(config);
  if (picture === undefined) return undefined;
  const { width, inner, layers, patch, patches } = picture;
  return {
    width,
    parameters:
      width + patch * width + (patches + 1) * width + 4 * width + layers * countUsualLayer(width, inner),
  };
}

function countSiglip(config: Config): Tower | undefined {
  const picture = readPicture(config);
  if (picture === undefined) return undefined;
  const { width, inner, layers, patch, patches } = picture;
  const pooling =
    readFlag(config, "vision_use_head") === false ? 0 : width + countUsualLayer(width, inner) - 2 * width;
  return {
    width,
    parameters:
      countLinear(patch, width) +
      patches * width +
      2 * width +
      layers * countUsualLayer(width, inner) +
      pooling,
  };
}

/** Counts SigLIP without its pooling head (Idefics 2 and 3, SmolVLM). */
const countHeadlessSiglip = (config: Config): Tower | undefined =>
  countSiglip({ ...config, vision_use_head: false });

function countPixtral(config: Config): Tower | undefined {
  const picture = readPicture(config);
  if (picture === undefined) return undefined;
  const { width, inner, layers, patch } = picture;
  const each = 4 * width * width + 3 * width * inner + 2 * width;
  return { width, parameters: patch * width + width + layers * each };
}

function countInternVl(config: Config): Tower | undefined {
  const picture = readPicture(config);
  if (picture === undefined || readFlag(config, "use_qk_norm") === true) return undefined;
  const { width, inner, layers, patch, patches } = picture;
  const norm = config["norm_type"] === "rms_norm" ? 1 : 2;
  const less = (readFlag(config, "attention_bias") === true ? 0 : 3 * width) + 2 * (2 - norm) * width;
  const positions =
    readFlag(config, "use_absolute_position_embeddings") === false ? 0 : (patches + 1) * width;
  const ends =
    (readFlag(config, "use_mean_pooling") === false ? 2 * width : 0) +
    (readFlag(config, "use_mask_token") === true ? width : 0);
  return {
    width,
    parameters:
      width +
      countLinear(patch, width) +
      positions +
      ends +
      layers * (countUsualLayer(width, inner) - less + 2 * width),
  };
}

/** Reads the patches of Qwen's towers, which take several pictures of a film at once and join m x m patches at the end. */
function readQwenPatch(
  config: Config,
): { readonly patch: number; readonly merged: number; readonly layers: number } | undefined {
  const layers = readCount(config, "depth");
  const patch = readSide(config, "patch_size");
  if (layers === undefined || patch === undefined) return undefined;
  const channels = readCount(config, "in_channels", "in_chans") ?? 3;
  const merge = readCount(config, "spatial_merge_size") ?? 2;
  return {
    layers,
    patch: channels * (readCount(config, "temporal_patch_size") ?? 2) * patch * patch,
    merged: merge * merge,
  };
}

function countQwen2(config: Config): Tower | undefined {
  const sizes = readQwenPatch(config);
  const width = readCount(config, "embed_dim");
  const out = readCount(config, "hidden_size");
  if (sizes === undefined || width === undefined || out === undefined) return undefined;
  const merged = width * sizes.merged;
  const inner = width * (readCount(config, "mlp_ratio") ?? 4);
  return {
    width: out,
    parameters:
      sizes.patch * width +
      sizes.layers * countUsualLayer(width, inner) +
      2 * width +
      countLinear(merged, merged) +
      countLinear(merged, out),
  };
}

function countQwen25(config: Config): Tower | undefined {
  const sizes = readQwenPatch(config);
  const width = readCount(config, "hidden_size");
  const inner = readCount(config, "intermediate_size");
  const out = readCount(config, "out_hidden_size");
  if (sizes === undefined || width === undefined || inner === undefined || out === undefined)
    return undefined;
  const merged = width * sizes.merged;
  const each =
    4 * countLinear(width, width) + 2 * countLinear(width, inner) + countLinear(inner, width) + 2 * width;
  return {
    width: out,
    parameters:
      sizes.patch * width +
      sizes.layers * each +
      width +
      countLinear(merged, merged) +
      countLinear(merged, out),
  };
}

function countQwen3(config: Config): Tower | undefined {
  const sizes = readQwenPatch(config);
  const width = readCount(config, "hidden_size");
  const inner = readCount(config, "intermediate_size");
  const out = readCount(config, "out_hidden_size");
  if (sizes === undefined || width === undefined || inner === undefined || out === undefined)
    return undefined;
  const merged = width * sizes.merged;
  const merger = countLinear(merged, merged) + countLinear(merged, out);
  const deep = config["deepstack_visual_indexes"];
  const between = (Array.isArray(deep) ? deep.length : 0) * (merger + 2 * merged);
  const positions = (readCount(config, "num_position_embeddings") ?? 0) * width;
  return {
    width: out,
    parameters:
      countLinear(sizes.patch, width) +
      positions +
      sizes.layers * countUsualLayer(width, inner) +
      2 * width +
      merger +
      between,
  };
}

const towers: Readonly<Record<string, (config: Config) => Tower | undefined>> = {
  clip_vision_model: countClip,
  siglip_vision_model: countSiglip,
  idefics2_vision: countHeadlessSiglip,
  idefics3_vision: countHeadlessSiglip,
  smolvlm_vision: countHeadlessSiglip,
  pixtral: countPixtral,
  internvl_vision: countInternVl,
  qwen2_vl_vision: countQwen2,
  qwen2_vl: countQwen2,
  qwen2_5_vl_vision: countQwen25,
  qwen2_5_vl: countQwen25,
  qwen3_vl_vision: countQwen3,
  qwen3_vl: countQwen3,
  qwen3_vl_moe_vision: countQwen3,
  qwen3_vl_moe: countQwen3,
  qwen3_5_vision: countQwen3,
  qwen3_5: countQwen3,
  qwen3_5_moe_vision: countQwen3,
  qwen3_5_moe: countQwen3,
};

function countFeatureLayers(whole: Config): number {
  return Array.isArray(whole["vision_feature_layer"]) ? whole["vision_feature_layer"].length : 1;
}

/** Counts what joins the tower to the text, by the entire model's `model_type`; undefined for an unknown type. */
function countProjector(whole: Config, vision: Config, tower: Tower, width: number): number | undefined {
  switch (whole["model_type"]) {
    case "llava":
    case "llava_next":
    case "llava_next_video":
    case "llava_onevision": {
      const bias = readFlag(whole, "multimodal_projector_bias") !== false;
      const newline = whole["model_type"] === "llava" ? 0 : width;
      return (
        countLinear(tower.width * countFeatureLayers(whole), width, bias) +
        countLinear(width, width, bias) +
        newline
      );
    }
    case "mistral3": {
      const merge = (readCount(whole, "spatial_merge_size") ?? 2) ** 2;
      const bias = readFlag(whole, "multimodal_projector_bias") === true;
      const first = countLinear(tower.width * countFeatureLayers(whole), width, bias);
      return tower.width + merge * tower.width * tower.width + first + countLinear(width, width, bias);
    }
    case "paligemma":
      return countLinear(
        tower.width,
        readCount(vision, "projection_dim") ?? readCount(whole, "projection_dim") ?? 2048,
      );
    case "gemma3":
      return tower.width * width + tower.width;
    case "idefics3":
    case "smolvlm":
      return tower.width * (readCount(whole, "scale_factor") ?? 2) ** 2 * width;
    case "internvl": {
      const ratio = whole["downsample_ratio"];
      const joined =
        tower.width * Math.round((1 / (typeof ratio === "number" && ratio > 0 ? ratio : 0.5)) ** 2);
      return 2 * joined + countLinear(joined, width) + countLinear(width, width);
    }
    case "qwen2_vl":
    case "qwen2_5_vl":
    case "qwen3_vl":
    case "qwen3_vl_moe":
    case "qwen3_5":
    case "qwen3_5_moe":
      return 0;
    default:
      return undefined;
  }
}

/**
 * Counts the parameters of a vision tower and of what joins it to a text part `width` wide, from the settings alone.
 * Undefined if the file does not have the tower's settings, or if its class is unknown.
 */
export function countVisionParameters(whole: Config, width: number): number | undefined {
  const given = whole["vision_config"];
  if (!isJsonObject(given)) return undefined;
  const own = findClassDefaults(String(whole["model_type"]))?.parts ?? {};
  const kind = given["model_type"] ?? own["vision_config"];
  if (typeof kind !== "string" || !Object.hasOwn(towers, kind)) return undefined;
  const settled = settleConfig({ ...given, model_type: kind }, undefined);
  const tower = towers[kind]?.(settled);
  const between =
    tower === undefined ? undefined : countProjector(settleConfig(whole, undefined), settled, tower, width);
  return tower === undefined || between === undefined ? undefined : tower.parameters + between;
}
