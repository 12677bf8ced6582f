import { requireInteger, requireNumber } from "../../shared/options.ts";
import { createRandom } from "../random.ts";
import type { Trainer } from "./trainer.ts";

export interface GenerateOptions {
  /** Tokens to add. Default 200. */
  readonly length?: number;
  /** Below 1 prefers likelier tokens; 0 always takes the likeliest. Default 0.8. */
  readonly temperature?: number;
  /** Draws from this many of the likeliest tokens only. Default 40. */
  readonly top?: number;
  readonly seed?: number;
}

interface Candidate {
  readonly token: number;
  readonly weight: number;
}

/** Draws a token by its probability, sharpened by the temperature. probabilities: (vocabulary). */
function draw(probabilities: Float32Array, temperature: number, top: number, fraction: number): number {
  const candidates: Candidate[] = Array.from(probabilities, (p, token) => ({ token, weight: p }))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, temperature === 0 ? 1 : top)
    .map(({ token, weight }) => ({ token, weight: temperature === 0 ? 1 : weight ** (1 / temperature) }));
  const total = candidates.reduce((sum, each) => sum + each.weight, 0);
  let left = fraction * total;
  for (const { token, weight } of candidates) {
    left -= weight;
    if (left <= 0) return token;
  }
  return candidates[0]?.token ?? 0;
}

/**
 * Continues a prompt with a causal language model whose input is [context] token ids. Yields each token as it is drawn.
 * Errors: `invalid-option`.
 */
export function* generateTokens(
  trainer: Trainer,
  prompt: readonly number[],
  options: GenerateOptions = {},
): Generator<number> {
  const length = requireInteger("length", options.length ?? 200, 1, 1_000_000);
  const temperature = requireNumber("temperature", options.temperature ?? 0.8, 0, 100);
  const top = requireInteger("top", options.top ?? 40, 1);
  const random = createRandom(requireInteger("seed", options.seed ?? 1, 0, 0xffffffff));
  const [context = 1] = trainer.program.network.input.shape;
  const tokens = prompt.length === 0 ? [1] : [...prompt];
  for (let made = 0; made < length; made++) {
    const recent = tokens.slice(-context);
    const input = trainer.inputView.int32;
    // The last token does not see what follows it: attention only looks back.
    input.fill(0, 0, context);
    input.set(recent);
    const output = trainer.predict(1);
    const width = output.length / (context * trainer.program.microBatch);
    const row = recent.length - 1;
    const next = draw(
      output.subarray(row * width, (row + 1) * width),
      temperature,
      top,
      random.nextFraction(),
    );
    tokens.push(next);
    yield next;
  }
}
