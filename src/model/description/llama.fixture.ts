/** config.json of Llama 3.1 8B in bfloat16: 32 layers, 8 key-value heads, a context of 131,072 tokens. */
export const llama8bConfig = {
  model_type: "llama",
  torch_dtype: "bfloat16",
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  num_hidden_layers: 32,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: false,
} as const;

/** config.json of a small Llama of 12 layers, for tests that need not be large. */
export const smallLlamaConfig = {
  model_type: "llama",
  torch_dtype: "bfloat16",
  hidden_size: 1024,
  intermediate_size: 4096,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  num_hidden_layers: 12,
  vocab_size: 32_000,
  max_position_embeddings: 4096,
  tie_word_embeddings: true,
} as const;
