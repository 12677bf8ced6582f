import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { ParameterGroups } from "../../model-description.ts";
import type { Config } from "../values/config-values.ts";

/** How a checkpoint is quantized, as its config.json says. */
export interface Quantization {
  readonly method: string;
  /** True if one element of a tensor holds several parameters: elements do not give their number. */
  readonly packed: boolean;
  /** Bytes of a parameter in the quantized matrices; undefined if the settings do not say. */
  readonly bytesPerParameter: number | undefined;
  /** True if only the routed experts are quantized (MXFP4 of gpt-oss). */
  readonly expertsOnly: boolean;
  /** True if the embedding and the output layer are quantized too (MLX). */
  readonly everything: boolean;
}

function readPositive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** GPTQ and AWQ: packed integers with a half-precision scale and a packed zero point for each group of a column. */
function countGroupedBytes(bits: number | undefined, group: unknown): number | undefined {
  if (bits === undefined) return undefined;
  const size = readPositive(group);
  return bits / 8 + (size === undefined ? 0 : (2 + bits / 8) / size);
}

/** bitsandbytes: 8 bits, or 4 bits with a scale for 64 values (f32; with double quantization one byte, and one f32 for 256 scales). */
function countBitsAndBytes(settings: Readonly<Record<string, unknown>>): number | undefined {
  if (settings["load_in_8bit"] === true) return 1;
  if (settings["load_in_4bit"] !== true) return undefined;
  return 0.5 + (settings["bnb_4bit_use_double_quant"] === true ? 1 / 64 + 4 / (64 * 256) : 4 / 64);
}

/** FP8: one byte per value and an f32 scale for each block of the matrix. */
function countFp8Bytes(settings: Readonly<Record<string, unknown>>): number {
  const block = settings["weight_block_size"];
  const [rows, columns] = Array.isArray(block) ? block.map(readPositive) : [];
  return rows === undefined || columns === undefined ? 1 : 1 + 4 / (rows * columns);
}

function countCompressedTensors(settings: Readonly<Record<string, unknown>>): number | undefined {
  const groups = settings["config_groups"];
  const first = isJsonObject(groups) ? Object.values(groups).find(isJsonObject) : undefined;
  const weights = first?.["weights"];
  if (!isJsonObject(weights)) return undefined;
  const bits = readPositive(weights["num_bits"]);
  const size = readPositive(weights["group_size"]);
  // Scales of 4-bit floats (NVFP4) take one byte, others are half precision.
  const scale = bits === 4 && weights["type"] === "float" ? 1 : 2;
  return bits === undefined ? undefined : bits / 8 + (size === undefined ? 0 : scale / size);
}

/** MLX: packed integers with a scale and an offset in half precision for each group of a row. */
function countMlxBytes(settings: Readonly<Record<string, unknown>>): number | undefined {
  const bits = readPositive(settings["bits"]);
  const size = readPositive(settings["group_size"]) ?? 64;
  return bits === undefined ? undefined : bits / 8 + 4 / size;
}

/** NVIDIA's model optimizer: NVFP4 takes 4 bits and a scale of one byte for 16 values, FP8 one byte. */
function countModelOptimizerBytes(settings: Readonly<Record<string, unknown>>): number | undefined {
  const algorithm = settings["quant_algo"];
  if (algorithm === "FP8") return 1;
  return algorithm === "NVFP4" ? 0.5 + 1 / 16 : undefined;
}

/** Finds the method; if the file does not name it, bitsandbytes by its switches and MLX by bits and groups. */
function findMethod(settings: Readonly<Record<string, unknown>>): string {
  const given = settings["quant_method"];
  if (typeof given === "string") return given;
  if (settings["load_in_4bit"] === true || settings["load_in_8bit"] === true) return "bitsandbytes";
  return readPositive(settings["bits"]) !== undefined && settings["group_size"] !== undefined
    ? "mlx"
    : "unnamed";
}

function countParameterBytes(
  method: string,
  settings: Readonly<Record<string, unknown>>,
): number | undefined {
  if (method === "gptq" || method === "awq")
    return countGroupedBytes(
      readPositive(settings["bits"] ?? settings["w_bit"]),
      settings["group_size"] ?? settings["q_group_size"],
    );
  if (method === "mlx") return countMlxBytes(settings);
  if (method === "modelopt") return countModelOptimizerBytes(settings);
  if (method === "bitsandbytes") return countBitsAndBytes(settings);
  if (method === "fp8" || method === "fbgemm_fp8") return countFp8Bytes(settings);
  if (method === "compressed-tensors") return countCompressedTensors(settings);
  // 32 values of 4 bits and a shared exponent of 8 bits.
  if (method === "mxfp4") return 17 / 32;
  return undefined;
}

/** Reads the quantization that `quantization_config` names; undefined if there is none. */
export function readQuantization(config: Config): Quantization | undefined {
  const settings = config["quantization_config"] ?? config["compression_config"] ?? config["quantization"];
  if (!isJsonObject(settings)) return undefined;
  const method = findMethod(settings);
  const bytesPerParameter = countParameterBytes(method, settings);
  return {
    method,
    packed: method !== "fp8" && method !== "fbgemm_fp8",
    bytesPerParameter,
    expertsOnly: method === "mxfp4",
    everything: method === "mlx",
  };
}

/**
 * Counts the bytes of quantized weights from the settings alone: the layers' matrices in the quantized type, embedding and
 * output layer in `elementBytes` each, because these methods leave them unquantized. Norms and biases count as quantized (under 0.1 %).
 */
export function countQuantizedBytes(
  quantization: Quantization,
  groups: ParameterGroups,
  elementBytes: number,
): number | undefined {
  const { bytesPerParameter: each, expertsOnly, everything } = quantization;
  if (each === undefined) return undefined;
  // Towers for pictures stay unquantized.
  const vision = groups.vision ?? 0;
  const ends = groups.embedding + groups.output;
  const unquantized = vision + (everything ? 0 : ends) + (expertsOnly ? groups.dense : 0);
  const quantized = groups.experts + (expertsOnly ? 0 : groups.dense) + (everything ? ends : 0);
  return Math.round(unquantized * elementBytes + quantized * each);
}
