import { LoadlineError } from "../../shared/errors.ts";
import type { BatchSource } from "../data/batch-source.ts";

/** The tokens of a text for training and, from its end, for testing. */
export interface TextParts {
  readonly train: Uint16Array;
  readonly test: Uint16Array;
}

/** Splits a text's tokens at `1 - testShare`. Errors: `invalid-data` if a part is too short for one window. */
export function splitTokens(all: Uint16Array, context: number, file: string, testShare = 0.1): TextParts {
  const cut = Math.floor(all.length * (1 - testShare));
  const parts = { train: all.subarray(0, cut), test: all.subarray(cut) };
  if (Math.min(parts.train.length, parts.test.length) < context + 1) {
    const wanted = Math.ceil((context + 1) / testShare);
    throw new LoadlineError(
      "invalid-data",
      `${file}: got a text of ${all.length} tokens, allowed: at least ${wanted} for a context of ${context}`,
    );
  }
  return parts;
}

/**
 * Makes a source of consecutive windows of a text, with the next tokens as targets: input and target [context] of int32. With `shifts`, the
 * first window starts elsewhere in each epoch, so that in time every position starts a window.
 */
export function windowSource(tokens: Uint16Array, context: number, shifts: boolean): BatchSource {
  const spare = shifts ? context - 1 : 0;
  const count = Math.max(1, Math.floor((tokens.length - 1 - spare) / context));
  return {
    count,
    input: { shape: [context], type: "int32" },
    target: { shape: [context], type: "int32" },
    writeBatch: ({ order, from, size, epoch }, input, target) => {
      // 61 shares no factor with the usual contexts, so every shift occurs before one repeats.
      const shift = shifts ? (epoch * 61) % context : 0;
      for (let row = 0; row < size; row++) {
        const start =
          (order[from + row] ?? 0) * context +
          Math.min(shift, Math.max(0, tokens.length - 1 - count * context));
        for (let at = 0; at < context; at++) {
          input.int32[row * context + at] = tokens[start + at] ?? 0;
          target.int32[row * context + at] = tokens[start + at + 1] ?? 0;
        }
      }
    },
  };
}

/** Up to this many pairs are counted in a table (32 MB). Of more, few occur, so a map holds those. */
const maxTable = 2 ** 22;

interface PairCounts {
  readonly pair: (place: number) => number;
  readonly firsts: Float64Array;
}

function pairCounts(tokens: Uint16Array, size: number): PairCounts {
  const firsts = new Float64Array(size);
  const table = new Float64Array(size * size <= maxTable ? size * size : 0);
  const list = new Map<number, number>();
  const pair = (place: number): number => (table.length > 0 ? table[place] : list.get(place)) ?? 0;
  for (let at = 1; at < tokens.length; at++) {
    const before = tokens[at - 1] ?? 0;
    const place = before * size + (tokens[at] ?? 0);
    if (table.length > 0) table[place] = pair(place) + 1;
    else list.set(place, pair(place) + 1);
    firsts[before] = (firsts[before] ?? 0) + 1;
  }
  return { pair, firsts };
}

function lossWith(counts: PairCounts, test: Uint16Array, size: number, added: number): number {
  let total = 0;
  for (let at = 1; at < test.length; at++) {
    const before = test[at - 1] ?? 0;
    const pair = counts.pair(before * size + (test[at] ?? 0));
    total -= Math.log((pair + added) / ((counts.firsts[before] ?? 0) + added * size));
  }
  return total / Math.max(1, test.length - 1);
}

/**
 * Computes the loss, in nats per token, of a model that knows only the token before, which a language model of the same text must
 * beat. The model is the counts of pairs in `train`, each with a small number added, the one that is best on the last tenth of
 * `train`. `size` is the number of different tokens.
 */
export function bigramLoss(train: Uint16Array, test: Uint16Array, size: number): number {
  const cut = Math.floor(train.length * 0.9);
  const part = pairCounts(train.subarray(0, cut), size);
  const held = train.subarray(cut);
  const candidates = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];
  const losses = candidates.map((added) => lossWith(part, held, size, added));
  const best = candidates[losses.indexOf(Math.min(...losses))] ?? 0.1;
  return lossWith(pairCounts(train, size), test, size, best);
}
