import type { ConfigFamily } from "./config-family.ts";
import { classic, llama } from "./families-decoder.ts";

const bare: ConfigFamily = { ...classic, gguf: "bert", lastNorms: 0, cacheless: true, encoder: {} };
const bert: ConfigFamily = {
  ...bare,
  encoder: { positions: true, tokenTypes: true, pooler: true, preTraining: true, biases: 2 },
};
const roberta: ConfigFamily = { ...bert, encoder: { ...bert.encoder, preTraining: false } };
const deberta: ConfigFamily = {
  ...bare,
  gguf: "deberta",
  encoder: { positions: true, tokenTypes: true, biases: 2 },
};
const modernBert: ConfigFamily = {
  gguf: "modern-bert",
  cacheless: true,
  normBias: "norm_bias",
  queryBias: "attention_bias",
  outputBias: "attention_bias",
  feedForwardBias: "mlp_bias",
  firstNormLess: true,
  defaults: { global_attn_every_n_layers: 3 },
  window: "period-first",
  encoder: { normBias: "norm_bias", headBias: "classifier_bias", biases: "decoder_bias" },
};

/** Encoders of pictures: nothing is cached; alone they are not counted. */
const pictures: ConfigFamily = { gguf: "clip", cacheless: true, countable: false };

/** Encoders: attention over the whole input, nothing is cached; by `model_type`. */
export const encoderFamilies: Readonly<Record<string, ConfigFamily>> = {
  bert,
  roberta,
  "xlm-roberta": roberta,
  camembert: roberta,
  ernie: bert,
  "data2vec-text": roberta,
  distilbert: { ...bare, encoder: { positions: true } },
  electra: { ...bare, encoder: { positions: true, tokenTypes: true } },
  albert: {
    ...bare,
    sharedLayers: true,
    encoder: { positions: true, tokenTypes: true, projected: true, pooler: true, biases: 2 },
  },
  deberta: { ...deberta, keyBias: false },
  "deberta-v2": deberta,
  mpnet: { ...bare, encoder: { positions: true, buckets: true, pooler: true, biases: 2 } },
  modernbert: modernBert,
  "modernbert-decoder": { ...modernBert, cacheless: false },
  vit: pictures,
  dinov2: pictures,
  clip_vision_model: pictures,
  clip_text_model: pictures,
  siglip_vision_model: pictures,
  siglip_text_model: pictures,
  eurobert: {
    ...llama,
    gguf: "eurobert",
    cacheless: true,
    encoder: { plainEmbedding: true, plainHead: true, biases: "mlp_bias" },
  },
};
