/** Counts the tokens of text. Pure and synchronous; it never throws on any string and is linear in its length. */
export interface TokenCounter {
  /** Name and version, for example `o200k_base/gpt-tokenizer@4.0.0`: stored with every count. */
  readonly id: string;
  /** True if the vocabulary is the model's own, false for an estimate. */
  readonly exact: boolean;
  /** Name of the model whose images, files and tools are counted. Default unknown: the rules of the message's format. */
  readonly model?: string | undefined;
  /** Counts the tokens of a text; special-token text counts as ordinary text. */
  count(text: string): number;
  /** Splits a text into short pieces whose counts add up to the text's: long texts are then counted with pauses in between. */
  cut?(text: string): Iterable<string>;
}

/** Tokens of a message: of each part, in order, and what the format adds around them. */
export interface MessageTokens {
  readonly parts: readonly number[];
  readonly overhead: number;
  readonly total: number;
}
