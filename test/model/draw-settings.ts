import type { EngineSettings } from "./engine.ts";

const types = ["f16", "q8_0", "q4_0", "f32", "bf16", "q5_1", "iq4_nl"];

/** Draws settings of a context at random. llama.cpp quantizes values only with flash attention. */
export function drawSettings(random: (below: number) => number): EngineSettings {
  const flashAttention = random(4) !== 0;
  // Families that cache keys and values as one need one type for both
  const same = random(2) === 0;
  const sequences = 1 + random(6);
  const valueTypes = flashAttention ? types : ["f16", "f32", "bf16"];
  const keyTypes = same ? valueTypes : types;
  const keyType = keyTypes[random(keyTypes.length)] ?? "f16";
  return {
    contextTokens: 256 + random(random(4) === 0 ? 1000 : 40_000),
    ubatch: [32, 64, 100, 512, 777, 2048][random(6)] ?? 512,
    sequences,
    flashAttention,
    keyType,
    valueType: same ? keyType : (valueTypes[random(valueTypes.length)] ?? "f16"),
    fullWindows: random(4) === 0,
  };
}
