import type { EngineSettings } from "./engine.ts";

const types = ["f16", "q8_0", "q4_0", "f32", "bf16", "q5_1", "iq4_nl"];

/** Settings of a context, drawn at random; llama.cpp quantizes values only with flash attention. */
export function drawSettings(random: (below: number) => number): EngineSettings {
  const flashAttention = random(4) !== 0;
  const sequences = 1 + random(6);
  return {
    contextTokens: 256 + random(40_000),
    ubatch: [32, 64, 100, 512, 777, 2048][random(6)] ?? 512,
    sequences,
    flashAttention,
    keyType: types[random(types.length)] ?? "f16",
    valueType: flashAttention ? (types[random(types.length)] ?? "f16") : (["f16", "f32"][random(2)] ?? "f16"),
    fullWindows: random(4) === 0,
  };
}
