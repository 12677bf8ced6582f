import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";
import { requireText } from "../../shared/options.ts";
import type { TokenCounter } from "./counter.ts";
import { cutRuns } from "./cut-runs.ts";

const tokenizerFile = z.looseObject({ model: z.looseObject({ vocab: z.unknown() }) });

/** A Hugging Face `tokenizer.json` and what goes with it. */
export interface TokenizerJson {
  /** Name of the vocabulary, stored with each count: for example `llama-3@1`. */
  readonly id: string;
  /** The parsed file, or its text. */
  readonly tokenizerJson: unknown;
  /** The parsed `tokenizer_config.json`; an empty object when left out. */
  readonly tokenizerConfig?: unknown;
}

/**
 * Exact counter of an open model from its `tokenizer.json`, by the optional peer `@huggingface/tokenizers`. Special tokens
 * are not added. Errors: `invalid-data` for a file that is not a tokenizer, `invalid-option` when the peer is not installed.
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
      "tokenizer.json: got no package @huggingface/tokenizers, allowed: install it (npm install @huggingface/tokenizers)",
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
      throw new LoadlineError("invalid-json", "tokenizer.json: got text that is not JSON", { cause });
    }
  }
  const read = tokenizerFile.safeParse(value);
  if (!read.success) {
    throw new LoadlineError(
      "invalid-data",
      "tokenizer.json: got an object without model.vocab, allowed: a Hugging Face tokenizer file",
    );
  }
  return read.data;
}
