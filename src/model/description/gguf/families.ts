/** Which layers see a window only, where the file does not list them. */
export interface WindowRule {
  /** "period": the last layer of each period sees everything; "dense-first": the first one; "listed": the file must say. */
  readonly kind: "period" | "dense-first" | "listed" | "recurrent-free" | "ignored";
  readonly period?: number;
  /** Window where the file gives none. */
  readonly defaultWindow?: number;
  /** True where the window is the family's own, whatever the file says. */
  readonly fixed?: boolean;
  /** True where the rule holds only for files that give a window. */
  readonly whenGiven?: boolean;
  /** Only for models of this many layers (EXAONE 4: the 32B has windows, the small one has none). */
  readonly layerCount?: number;
}

/** Which layers keep a recurrent state instead of keys and values. */
export type RecurrentRule = "all" | "both" | "zero-key-value-heads" | "interval" | "zero-heads-and-width";

/** What cannot be read from a file of a family and must be known. Read from llama.cpp v0.5.0, `src/models/*.cpp`. */
export interface FamilyRule {
  readonly window?: WindowRule;
  readonly recurrent?: RecurrentRule;
  /** Every so many layers one has attention, where the file does not say; 4 if not given. */
  readonly interval?: number;
  readonly cacheless?: boolean;
  /** Layers with a cache of their own, counted from the first; the later ones read theirs. */
  readonly cachedLayers?: number | "all-but-shared";
}

const plain: FamilyRule = {};
const encoder: FamilyRule = { cacheless: true };

function period(length: number, more: Partial<WindowRule> = {}): FamilyRule {
  return { window: { kind: "period", period: length, whenGiven: true, ...more } };
}

function denseFirst(length: number, more: Partial<WindowRule> = {}): FamilyRule {
  return { window: { kind: "dense-first", period: length, whenGiven: true, ...more } };
}

const listed: FamilyRule = { window: { kind: "listed" } };

/** Families by the name that `general.architecture` gives. A family that is not here is read by the common rule. */
export const families: Readonly<Record<string, FamilyRule>> = {
  ...Object.fromEntries(
    [
      "llama deci falcon grok gpt2 gptneox mpt baichuan starcoder refact bloom stablelm qwen qwen2 qwen2moe qwen2vl",
      "qwen3 qwen3moe qwen3vl qwen3vlmoe phi2 plamo codeshell orion internlm2 minicpm minicpm3 gemma starcoder2 xverse",
      "command-r dbrx olmo olmoe openelm arctic deepseek deepseek2 deepseek2-ocr deepseek32 glm-dsa chatglm glm4 glm4moe",
      "bitnet jais jais2 nemotron exaone granite granitemoe chameleon plm bailingmoe bailingmoe2 dots1 arcee ernie4_5",
      "ernie4_5-moe hunyuan-moe hunyuan-dense hunyuan_vl hy_v3 hy_v4 smollm3 seed_oss grovemoe apertus minimax-m2 minimax-m3",
      "cogvlm pangu-embedded nanbeige hrm_text mistral3 mistral4 paddleocr maincoder talkie qwen3tts pockettts t5 t5encoder llama-embed",
    ]
      .flatMap((names) => names.split(" "))
      .map((name) => [name, plain]),
  ),
  ...Object.fromEntries(
    [
      "bert modern-bert nomic-bert nomic-bert-moe neo-bert jina-bert-v2 jina-bert-v3 eurobert",
      "dream llada llada-moe rnd1",
    ]
      .flatMap((names) => names.split(" "))
      .map((name) => [name, encoder]),
  ),
  "modern-bert": { cacheless: true, window: { kind: "dense-first", period: 3, whenGiven: true } },
  "gemma-embedding": { cacheless: true, window: { kind: "period", period: 6 } },
  gemma2: period(2, { whenGiven: false, defaultWindow: 4096 }),
  gemma3: period(6),
  gemma3n: { ...period(5, { whenGiven: false }), cachedLayers: 20 },
  gemma4: { ...listed, cachedLayers: "all-but-shared" },
  "gpt-oss": period(2, { whenGiven: false }),
  cohere2: period(4, { whenGiven: false }),
  cohere2moe: denseFirst(4, { whenGiven: false }),
  llama4: period(4, { whenGiven: false, fixed: true, defaultWindow: 8192 }),
  exaone4: period(4, { whenGiven: false, defaultWindow: 4096, layerCount: 64 }),
  "exaone-moe": period(4, { whenGiven: false, defaultWindow: 128 }),
  olmo2: period(4),
  afmoe: period(4),
  mellum: period(4),
  plamo3: period(8),
  "muse-glimmer": period(4, { whenGiven: false }),
  laguna: denseFirst(4),
  deepseek4: { window: { kind: "period", period: 0 } },
  smallthinker: denseFirst(4, { fixed: true, defaultWindow: 4096 }),
  phi3: { window: { kind: "ignored" } },
  phimoe: { window: { kind: "ignored" } },
  granite_swa: listed,
  mimo2: listed,
  step35: listed,
  dots3note: listed,
  spark2_5: listed,
  maple: listed,
  mamba: { recurrent: "all" },
  mamba2: { recurrent: "all" },
  rwkv6: { recurrent: "all" },
  rwkv6qwen2: { recurrent: "all" },
  rwkv7: { recurrent: "all" },
  arwkv7: { recurrent: "all" },
  "falcon-h1": { recurrent: "both" },
  jamba: { recurrent: "zero-key-value-heads" },
  plamo2: { recurrent: "zero-key-value-heads" },
  granitehybrid: { recurrent: "zero-key-value-heads" },
  lfm2: { recurrent: "zero-key-value-heads", window: { kind: "recurrent-free" } },
  lfm2moe: { recurrent: "zero-key-value-heads" },
  "kimi-linear": { recurrent: "zero-key-value-heads" },
  "kimi-k3": { recurrent: "zero-key-value-heads" },
  bailingmoe3: { recurrent: "zero-key-value-heads" },
  nemotron_h: { recurrent: "zero-heads-and-width" },
  nemotron_h_moe: { recurrent: "zero-heads-and-width" },
  qwen3next: { recurrent: "interval" },
  qwen35: { recurrent: "interval" },
  qwen35moe: { recurrent: "interval" },
  "minimax-01": { recurrent: "interval", interval: 8 },
};
