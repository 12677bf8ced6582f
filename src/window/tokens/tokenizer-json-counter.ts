import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";
import { requireText } from "../../shared/options.ts";
import type { TokenCounter } from "./counter.ts";
import { cutRuns } from "./cut-runs.ts";

const tokenizerFile = z.looseObject({ model: z.looseObject({ vocab: z.unknown() }) });

/** A Hugging Face `tokenizer.json` and its configuration. */
export interface TokenizerJson {
  /** Name of the vocabulary, stored with each count: for example `llama-3@1`. */
  readonly id: string;
  /** The parsed file, or its text. */
  readonly tokenizerJson: unknown;
  /** The parsed `tokenizer_config.json`. Default an empty object. */
  readonly tokenizerConfig?: unknown;
}

/**
 * Returns the exact counter of an open model from its `tokenizer.json`, with the optional peer `@huggingface/tokenizers`. Adds
 * no special tokens.
 * Errors: `invalid-data` for a file that is not a tokenizer; `invalid-option` if the peer is not installed.
 */
export async function tokenizerJsonCounter(source: TokenizerJson): Promise<TokenCounter> {
  const id = requireText("id", source.id);
  const file = readFile(source.tokenizerJson);
  const { Tokenizer } = await loadPeer();
  const tokenizer = new Tokenizer(file, source.tokenizerConfig ?? {});
  return {
    id: `tokenizer.json/${id}`,
    exact: true,
    count: (text) => {
      let total = 0;
      for (const piece of cutRuns(text))
        total += tokenizer.encode(piece, { add_special_tokens: false }).ids.length;
      return total;
    },
  };
}

async function loadPeer(): Promise<typeof import("@huggingface/tokenizers")> {
  try {
    return await import("@huggingface/tokenizers");
  } catch (cause) {
    throw new LoadlineError(
      "invalid-option",
      "tokenizer.json needs the package @huggingface/tokenizers: run npm install @huggingface/tokenizers",
      { cause },
    );
  }
}

function readFile(source: unknown): object {
  let value = source;
  if (typeof source === "string") {
    try {
      value = JSON.parse(source);
    } catch (cause) {
      throw new LoadlineError(
        "invalid-json",
        "tokenizer.json is not JSON: give the parsed file or its text",
        { cause },
      );
    }
  }
  const read = tokenizerFile.safeParse(value);
  if (!read.success) {
    throw new LoadlineError(
      "invalid-data",
      "tokenizer.json has no model.vocab: give a Hugging Face tokenizer file",
    );
  }
  return read.data;
}
