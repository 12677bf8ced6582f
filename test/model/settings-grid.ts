import type { EngineSettings } from "./engine.ts";

const sizes: readonly (readonly [context: number, ubatch: number, sequences: number])[] = [
  [2048, 512, 1],
  [1000, 128, 3],
  [8192, 2048, 2],
  [32768, 64, 4],
];

const types: readonly (readonly [key: string, value: string, flashAttention: boolean])[] = [
  ["f16", "f16", true],
  ["f16", "f16", false],
  ["q8_0", "q8_0", true],
  ["q4_0", "f16", false],
  ["f32", "f32", true],
];

/**
 * Settings for which each architecture is compared: contexts, micro-batches, sequences, types, flash attention,
 * windows.
 */
export const settingsGrid: readonly EngineSettings[] = sizes.flatMap(([contextTokens, ubatch, sequences]) =>
  types.flatMap(([keyType, valueType, flashAttention]) =>
    [false, true]
      // The entire cache of windows is compared once per size
      .filter((fullWindows) => !fullWindows || (keyType === "f16" && flashAttention))
      .map((fullWindows) => ({
        contextTokens,
        ubatch,
        sequences,
        keyType,
        valueType,
        flashAttention,
        fullWindows,
      })),
  ),
);
