import { afterAll, describe, expect, test } from "vitest";
import { bytesSource } from "../../src/model/file/byte-source.ts";
import { readGguf } from "../../src/model/file/gguf.ts";
import { llamaCppLedger } from "../../src/model/ledger/llama-cpp/llama-cpp-ledger.ts";
import { specFromGguf } from "../../src/model/spec/gguf/spec-from-gguf.ts";
import { decoder, type DecoderOptions } from "../model/architectures/transformers.ts";
import { drawSettings } from "../model/draw-settings.ts";
import { hasEngine, startEngine } from "../model/engine.ts";
import { randomFrom } from "../model/random-numbers.ts";
import { writeGgufHeader } from "../model/write-gguf.ts";

/** Models drawn anew for each family; `LOADLINE_ORACLE_MODELS` asks for more of them. */
const perFamily = Number(process.env["LOADLINE_ORACLE_MODELS"] ?? 3);
const seed = Number(process.env["LOADLINE_ORACLE_SEED"] ?? 1);
const contextKinds: ReadonlySet<string> = new Set(["kv-cache", "recurrent-state", "compute"]);

type Random = (below: number) => number;

function pick<Value>(random: Random, values: readonly [Value, ...Value[]]): Value {
  return values[random(values.length)] ?? values[0];
}

/** Sizes that belong together; quantized rows are multiples of 256. */
function drawSizes(random: Random): DecoderOptions {
  let heads = 4;
  let headWidth = 64;
  do {
    heads = pick(random, [4, 6, 8, 12, 16, 20, 24, 32]);
    // quantized caches have blocks of 32: the engine refuses them for heads of 80
    headWidth = pick(random, [32, 64, 80, 96, 128]);
  } while ((heads * headWidth) % 256 !== 0);
  return {
    layers: 1 + random(9),
    width: heads * headWidth,
    vocabulary: pick(random, [1000, 32_001, 50_257, 64_000, 151_936]),
    context: 8192,
    heads,
    keyValueHeads: pick(random, [1, 2, heads / 2, heads]),
    headWidth,
    feedForward: 256 * (1 + random(40)),
    tied: random(2) === 0,
  };
}

function drawExperts(random: Random): NonNullable<DecoderOptions["experts"]> {
  return {
    count: pick(random, [4, 8, 16, 60]),
    used: pick(random, [1, 2, 4]),
    width: 256 * (1 + random(6)),
  };
}

const window = (random: Random): { "attention.sliding_window": number } => ({
  "attention.sliding_window": pick(random, [128, 512, 4096]),
});

/** Families of which models are drawn, with what each has of its own. */
const families: Readonly<Record<string, (random: Random) => Partial<DecoderOptions>>> = {
  llama: () => ({}),
  "llama with experts": (random) => {
    const experts = drawExperts(random);
    return { experts, feedForward: experts.width };
  },
  qwen2: () => ({ biases: true }),
  qwen3: () => ({ headNorms: "heads" }),
  qwen3moe: (random) => ({ headNorms: "heads", experts: drawExperts(random) }),
  gemma2: (random) => ({
    postNorms: true,
    tied: true,
    settings: { ...window(random), attn_logit_softcapping: 50, final_logit_softcapping: 30 },
  }),
  gemma3: (random) => ({ headNorms: "heads", postNorms: true, tied: true, settings: window(random) }),
  starcoder2: () => ({ biases: true, layerNorm: true, gateless: true }),
  phi3: () => ({
    fused: true,
    gateless: true,
    settings: { "attention.sliding_window": 2047, fused_gate: 1 },
  }),
  granite: () => ({ settings: { "attention.scale": 0.01, embedding_scale: 12, logit_scale: 8 } }),
  cohere2: (random) => ({
    noFeedForwardNorm: true,
    tied: true,
    settings: { ...window(random), logit_scale: 0.25 },
  }),
  "command-r": () => ({ noFeedForwardNorm: true, tied: true, settings: { logit_scale: 0.25 } }),
  internlm2: () => ({ tied: false }),
  exaone: () => ({}),
  minicpm: () => ({}),
  smollm3: () => ({}),
  "hunyuan-dense": () => ({ headNorms: "heads" }),
  arcee: () => ({ gateless: true }),
};

const engine = hasEngine() ? await startEngine() : undefined;
afterAll(() => {
  if (engine === undefined)
    process.stderr.write("skipped: node-llama-cpp is not there (npm run bench:install)\n");
});

describe.skipIf(engine === undefined)("llama.cpp's own figures, over models drawn at random", () => {
  test.each(Object.keys(families))("%s", { timeout: 120_000 }, async (family) => {
    if (engine === undefined) return;
    const random = randomFrom(seed * 1000 + Object.keys(families).indexOf(family));
    let compared = 0;
    for (let model = 0; model < perFamily; model++) {
      const options: DecoderOptions = { ...drawSizes(random), ...families[family]?.(random) };
      const header = writeGgufHeader(decoder(family.split(" ")[0] ?? family, options));
      const spec = specFromGguf(await readGguf(bytesSource(`${family}.gguf`, header)));
      const settings = Array.from({ length: 4 }, () => drawSettings(random));
      const asked = await engine.contextBytes(header, settings);
      for (const [index, each] of settings.entries()) {
        const theirs = asked[index];
        if (theirs === undefined) {
          expect(() => llamaCppLedger(spec, each), JSON.stringify({ options, ...each })).toThrow(/allowed/u);
          continue;
        }
        compared += 1;
        const { lines } = llamaCppLedger(spec, { ...each, batch: each.ubatch });
        const ours = lines
          .filter((line) => contextKinds.has(line.kind))
          .reduce((sum, line) => sum + (line.bytes ?? Number.NaN), 0);
        expect({ options, ...each, bytes: ours }).toEqual({ options, ...each, bytes: theirs });
      }
    }
    expect(compared).toBeGreaterThan(perFamily);
  });
});
