import type { Format, ImageFacts } from "../conversation/message/message.ts";

/** Tokens of an image of unknown size: the maximum for an image scaled to the provider's limits. */
const unknownSize = { openai: 1445, anthropic: 1600 } as const;

/**
 * Counts the tokens of an image. OpenAI (vision guide, GPT-4o class, read 2026-11-23): low detail 85; else scaled into 2048 x
 * 2048, then the shorter side to 768, 85 + 170 per tile of 512. Anthropic (vision guide): width x height / 750, at most about
 * 1,600.
 */
export function countImageTokens(image: ImageFacts | undefined, format: Format): number {
  const width = image?.width;
  const height = image?.height;
  if (format === "anthropic") {
    if (width === undefined || height === undefined) return unknownSize.anthropic;
    return Math.min(unknownSize.anthropic, Math.ceil((width * height) / 750));
  }
  if (image?.detail === "low") return 85;
  if (width === undefined || height === undefined) return unknownSize.openai;
  return countTileTokens(width, height);
}

function countTileTokens(width: number, height: number): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const short = Math.min(1, 768 / (Math.min(width, height) * fit));
  const scale = fit * short;
  const tiles = Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512);
  return 85 + 170 * tiles;
}
