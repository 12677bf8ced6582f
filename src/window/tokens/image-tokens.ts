import type { Format, ImageFacts } from "../conversation/message/message.ts";
import { chooseClaudeLimits, chooseOpenAiRule } from "./image-rules.ts";
import type { ClaudeLimits, PatchLimits, PatchRule, TileRule } from "./image-rules.ts";
import { readModelName } from "./model-name.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels of a patch's side: OpenAI's, Claude's. */
const openAiPatch = 32;
const claudePatch = 28;
/** Claude's tokens for a picture if the model is unknown: width x height / 750, at most 1,600 (Vision guide of 2025). */
const unknownClaudeMax = 1600;
/** Patches assumed for a picture of unknown size where the model has no budget of patches. */
const assumedPatches = 2_500;
/** Gemini: a picture of at most 384 pixels, or one tile of a larger one (Image understanding, read 2026-08-31). */
const geminiTile = 258;
/** Gemini 3: tokens of a picture at the default resolution (Media resolution guide, second hand). */
const gemini3Image = 1_120;
/** Tiles of a picture of unknown size: those of a landscape photograph (rough formula of the same guide). */
const assumedGeminiTiles = 6;

/**
 * Counts the tokens of an image by the rules of its model, or of the format if the model is unknown (the tables in
 * `image-rules.ts`). An image of unknown size counts as the largest that the model keeps.
 */
export function countImageTokens(
  image: ImageFacts | undefined,
  model: string | undefined,
  format: Format,
): number {
  const name = readModelName(model);
  const size = readSize(image);
  if (name?.maker === "anthropic") return countClaudeTokens(size, chooseClaudeLimits(name));
  if (name?.maker === "google") return countGeminiTokens(size, name.version);
  if (format === "anthropic" && name?.maker !== "openai") return countUnknownClaudeTokens(size);
  const rule = chooseOpenAiRule(name);
  const detail = image?.detail ?? "auto";
  return rule.kind === "tiles" ? countTileTokens(size, detail, rule) : countPatchTokens(size, detail, rule);
}

function readSize(image: ImageFacts | undefined): Size | undefined {
  const width = image?.width;
  const height = image?.height;
  return width === undefined || height === undefined || width < 1 || height < 1
    ? undefined
    : { width, height };
}

/** Fits into 2,048 pixels, then the shorter side into 768, the longer rounded down (1,025 x 1,024 has 4 tiles, not 6). */
function countTileTokens(size: Size | undefined, detail: string, rule: TileRule): number {
  if (detail === "low") return rule.base;
  if (size === undefined) return rule.base + 8 * rule.tile;
  const fit = Math.min(1, 2048 / Math.max(size.width, size.height));
  const short = Math.min(1, 768 / (Math.min(size.width, size.height) * fit));
  // Adds a millionth, since 1024 · (768 / 1024) may be a little less than 768.
  const [width, height] = [size.width, size.height].map((side) =>
    Math.max(1, Math.floor(side * fit * short + 1e-6)),
  );
  return rule.base + rule.tile * Math.ceil((width ?? 1) / 512) * Math.ceil((height ?? 1) / 512);
}

function countPatches(size: Size, patch: number): number {
  return Math.ceil(size.width / patch) * Math.ceil(size.height / patch);
}

/** Shrinks a picture as the guide states it: to the longest side, then so that whole patches stay within the budget. */
function fitPatches(size: Size, limits: PatchLimits): number {
  const fit = Math.min(1, limits.maxSide / Math.max(size.width, size.height));
  const width = Math.max(1, Math.round(size.width * fit));
  const height = Math.max(1, Math.round(size.height * fit));
  const patches = countPatches({ width, height }, openAiPatch);
  if (patches <= limits.maxPatches) return patches;
  const shrink = Math.sqrt((openAiPatch ** 2 * limits.maxPatches) / (width * height));
  const across = (width * shrink) / openAiPatch;
  const down = (height * shrink) / openAiPatch;
  // A ten-millionth more: the side of an exact multiple of 32 must not round down a whole patch.
  const adjusted = shrink * Math.min(Math.floor(across + 1e-7) / across, Math.floor(down + 1e-7) / down);
  const resized = {
    width: Math.max(1, Math.floor(width * adjusted + 1e-6)),
    height: Math.max(1, Math.floor(height * adjusted + 1e-6)),
  };
  return Math.min(limits.maxPatches, countPatches(resized, openAiPatch));
}

function countPatchTokens(
  size: Size | undefined,
  detail: NonNullable<ImageFacts["detail"]>,
  rule: PatchRule,
): number {
  const limits = rule.limits[detail];
  const patches = size === undefined ? Math.min(assumedPatches, limits.maxPatches) : fitPatches(size, limits);
  return Math.ceil(patches * rule.factor - 1e-9);
}

/** Finds the largest size of the same proportions whose patches fit, by halving the range of the longer side. */
function countClaudeTokens(size: Size | undefined, limits: ClaudeLimits): number {
  if (size === undefined) return limits.maxTokens;
  const long = Math.max(size.width, size.height);
  const short = Math.min(size.width, size.height);
  const count = (side: number): number =>
    countPatches({ width: side, height: Math.max(1, Math.round((short * side) / long)) }, claudePatch);
  const fits = (side: number): boolean =>
    Math.ceil(side / claudePatch) * claudePatch <= limits.maxSide && count(side) <= limits.maxTokens;
  if (fits(long)) return count(long);
  let from = 1;
  let to = long;
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (fits(middle)) from = middle;
    else to = middle;
  }
  return count(from);
}

function countUnknownClaudeTokens(size: Size | undefined): number {
  if (size === undefined) return unknownClaudeMax;
  return Math.min(unknownClaudeMax, Math.ceil((size.width * size.height) / 750));
}

/** Tiles of the shorter side / 1.5 pixels (Gemini API, Image understanding: 960 x 540 has 3 x 2 tiles). */
function countGeminiTokens(size: Size | undefined, version: number | undefined): number {
  if (version !== undefined && version >= 3) return gemini3Image;
  if (size === undefined) return assumedGeminiTiles * geminiTile;
  if (size.width <= 384 && size.height <= 384) return geminiTile;
  const unit = Math.max(1, Math.floor(Math.min(size.width, size.height) / 1.5));
  return geminiTile * Math.ceil(size.width / unit) * Math.ceil(size.height / unit);
}
