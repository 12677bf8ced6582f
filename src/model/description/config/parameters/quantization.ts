import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { ParameterGroups } from "../../model-description.ts";
import type { Config } from "../values/config-values.ts";

/** How a checkpoint is quantized, as its config.json says. */
export interface Quantization {
  readonly method: string;
  /** True where one element of a tensor holds several parameters: elements are no count then. */
  readonly packed: boolean;
  /** Bytes of a parameter in the matrices that are quantized; undefined where the settings do not tell. */
  readonly bytesPerParameter: number | undefined;
  /** True where only the routed experts are quantized (MXFP4 of gpt-oss). */
  readonly expertsOnly: boolean;
  /** True where the embedding and the output layer are quantized too (MLX). */
  readonly everything: boolean;
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** Packed whole numbers with a half-precision scale and a packed zero point for each group of a column. */
function grouped(bits: number | undefined, group: unknown): number | undefined {
  if (bits === undefined) return undefined;
  const size = positive(group);
  return bits / 8 + (size === undefined ? 0 : (2 + bits / 8) / size);
}

/** 4 bits with a scale for 64 (f32; one byte, and one f32 for 256 of them, with double quantization), or 8 bits. */
function bitsAndBytes(settings: Readonly<Record<string, unknown>>): number | undefined {
  if (settings["load_in_8bit"] === true) return 1;
  if (settings["load_in_4bit"] !== true) return undefined;
  return 0.5 + (settings["bnb_4bit_use_double_quant"] === true ? 1 / 64 + 4 / (64 * 256) : 4 / 64);
}

/** One byte and an f32 scale for each block of the matrix. */
function eightBitFloat(settings: Readonly<Record<string, unknown>>): number {
  const block = settings["weight_block_size"];
  const [rows, columns] = Array.isArray(block) ? block.map(positive) : [];
  return rows === undefined || columns === undefined ? 1 : 1 + 4 / (rows * columns);
}

function compressedTensors(settings: Readonly<Record<string, unknown>>): number | undefined {
  const groups = settings["config_groups"];
  const first = isJsonObject(groups) ? Object.values(groups).find(isJsonObject) : undefined;
  const weights = first?.["weights"];
  if (!isJsonObject(weights)) return undefined;
  const bits = positive(weights["num_bits"]);
  const size = positive(weights["group_size"]);
  // scales of 4-bit floats (NVFP4) are one byte, others half precision
  const scale = bits === 4 && weights["type"] === "float" ? 1 : 2;
  return bits === undefined ? undefined : bits / 8 + (size === undefined ? 0 : scale / size);
}

/** Packed whole numbers with a scale and an offset in half precision for each group of a row. */
function mlx(settings: Readonly<Record<string, unknown>>): number | undefined {
  const bits = positive(settings["bits"]);
  const size = positive(settings["group_size"]) ?? 64;
  return bits === undefined ? undefined : bits / 8 + 4 / size;
}

/** NVFP4: 4 bits and a scale of one byte for 16 of them; FP8: one byte. */
function modelOptimizer(settings: Readonly<Record<string, unknown>>): number | undefined {
  const algorithm = settings["quant_algo"];
  if (algorithm === "FP8") return 1;
  return algorithm === "NVFP4" ? 0.5 + 1 / 16 : undefined;
}

/** The method where the file does not name it: bitsandbytes by its switches, MLX by bits and groups. */
function methodOf(settings: Readonly<Record<string, unknown>>): string {
  const given = settings["quant_method"];
  if (typeof given === "string") return given;
  if (settings["load_in_4bit"] === true || settings["load_in_8bit"] === true) return "bitsandbytes";
  return positive(settings["bits"]) !== undefined && settings["group_size"] !== undefined ? "mlx" : "unnamed";
}

function bytesOf(method: string, settings: Readonly<Record<string, unknown>>): number | undefined {
  if (method === "gptq" || method === "awq")
    return grouped(
      positive(settings["bits"] ?? settings["w_bit"]),
      settings["group_size"] ?? settings["q_group_size"],
    );
  if (method === "mlx") return mlx(settings);
  if (method === "modelopt") return modelOptimizer(settings);
  if (method === "bitsandbytes") return bitsAndBytes(settings);
  if (method === "fp8" || method === "fbgemm_fp8") return eightBitFloat(settings);
  if (method === "compressed-tensors") return compressedTensors(settings);
  // 32 values of 4 bits and a shared exponent of 8
  if (method === "mxfp4") return 17 / 32;
  return undefined;
}

/** The quantization that `quantization_config` names, or undefined where there is none. */
export function readQuantization(config: Config): Quantization | undefined {
  const settings = config["quantization_config"] ?? config["compression_config"] ?? config["quantization"];
  if (!isJsonObject(settings)) return undefined;
  const method = methodOf(settings);
  const bytesPerParameter = bytesOf(method, settings);
  return {
    method,
    packed: method !== "fp8" && method !== "fbgemm_fp8",
    bytesPerParameter,
    expertsOnly: method === "mxfp4",
    everything: method === "mlx",
  };
}

/**
 * Bytes of quantized weights from the settings alone: the layers' matrices in the quantized type, embedding and output layer
 * in `elementBytes` each, as these methods leave them. Norms and biases are taken for quantized too (under 0.1 %).
 */
export function countQuantizedBytes(
  quantization: Quantization,
  groups: ParameterGroups,
  elementBytes: number,
): number | undefined {
  const { bytesPerParameter: each, expertsOnly, everything } = quantization;
  if (each === undefined) return undefined;
  // towers for pictures are left as they are
  const beside = groups.beside ?? 0;
  const ends = groups.embedding + groups.output;
  const whole = beside + (everything ? 0 : ends) + (expertsOnly ? groups.dense : 0);
  const quantized = groups.experts + (expertsOnly ? 0 : groups.dense) + (everything ? ends : 0);
  return Math.round(whole * elementBytes + quantized * each);
}
