import type { ImageFacts } from "../conversation/message/message.ts";
import type { ModelName } from "./model-name.ts";

/** Limits of a picture before it is covered with patches: its longer side in pixels, and the number of patches. */
export interface PatchLimits {
  readonly maxSide: number;
  /** Infinity if the model has no budget of patches. */
  readonly maxPatches: number;
}

/** Counts a picture by tiles of 512 pixels: `base`, and `tile` for each. Low detail costs `base`. */
export interface TileRule {
  readonly kind: "tiles";
  readonly base: number;
  readonly tile: number;
}

/** Counts a picture by patches of 32 pixels, times a factor of the model. */
export interface PatchRule {
  readonly kind: "patches";
  readonly factor: number;
  readonly limits: Readonly<Record<NonNullable<ImageFacts["detail"]>, PatchLimits>>;
}

/** How a model of OpenAI counts a picture. */
export type OpenAiImageRule = TileRule | PatchRule;

function samePatches(factor: number, maxSide: number, maxPatches: number): PatchRule {
  const limits = { maxSide, maxPatches };
  return { kind: "patches", factor, limits: { low: limits, high: limits, original: limits, auto: limits } };
}

const high: PatchLimits = { maxSide: 2048, maxPatches: 2_500 };
const original: PatchLimits = { maxSide: 6_000, maxPatches: 10_000 };
const unlimited: PatchLimits = { maxSide: 65_535, maxPatches: Number.POSITIVE_INFINITY };
const low: PatchLimits = { maxSide: 512, maxPatches: 256 };

/**
 * Rules of OpenAI's models, the first match counts. Source: Images and vision, "Model sizing behavior" and "Calculating costs"
 * (developers.openai.com/api/docs/guides/images-vision), as of 2026-08-31. Retired models are no longer in its sizing table:
 * their budget of 1,536 patches is from the same page of 2025, and was measured for gpt-5-mini
 * (community.openai.com/t/1344040, 2026-06-17: 1,844 tokens at 2,048 x 768). A later model than the table's newest counts like
 * the newest.
 */
const openAiRules: readonly { readonly pattern: RegExp; readonly rule: OpenAiImageRule }[] = [
  { pattern: /^gpt-4o-mini/, rule: { kind: "tiles", base: 2833, tile: 5667 } },
  { pattern: /^gpt-4\.1-mini/, rule: samePatches(1.62, 2048, 6_144) },
  { pattern: /^gpt-4\.1-nano/, rule: samePatches(2.46, 2048, 1_536) },
  { pattern: /^(?:o4-mini|codex-mini)/, rule: samePatches(1.72, 2048, 1_536) },
  { pattern: /^gpt-5-mini/, rule: samePatches(1.2, 2048, 1_536) },
  { pattern: /^gpt-5-nano/, rule: samePatches(1.5, 2048, 1_536) },
  { pattern: /^gpt-5\.[23](?:$|-)/, rule: samePatches(1.2, 2048, 6_144) },
  {
    pattern: /^gpt-5\.4(?:$|-)/,
    rule: {
      kind: "patches",
      factor: 1.2,
      limits: { low: { maxSide: 2048, maxPatches: 6_144 }, high, original, auto: high },
    },
  },
  {
    pattern: /^gpt-5\.5(?:$|-)/,
    rule: { kind: "patches", factor: 1.2, limits: { low, high, original, auto: original } },
  },
  { pattern: /^(?:gpt-5(?:\.1)?(?:$|-)|gpt-5-)/, rule: { kind: "tiles", base: 70, tile: 140 } },
  { pattern: /^(?:o1|o3)(?:$|-)/, rule: { kind: "tiles", base: 75, tile: 150 } },
  { pattern: /^computer-use/, rule: { kind: "tiles", base: 65, tile: 129 } },
  { pattern: /^(?:gpt-4|chatgpt-4o|gpt-3)/, rule: { kind: "tiles", base: 85, tile: 170 } },
  {
    pattern: /^(?:gpt-|o[5-9](?:$|-)|chat-latest)/,
    rule: { kind: "patches", factor: 1.2, limits: { low, high, original: unlimited, auto: unlimited } },
  },
];

/** Rule of an unknown model: that of gpt-4o. */
const unknownRule: OpenAiImageRule = { kind: "tiles", base: 85, tile: 170 };

/** Returns the rule of a model in a format of OpenAI. */
export function chooseOpenAiRule(model: ModelName | undefined): OpenAiImageRule {
  return (
    openAiRules.find(({ pattern }) => model !== undefined && pattern.test(model.name))?.rule ?? unknownRule
  );
}

/** Limits of a picture for Claude: patches of 28 pixels along its longer side, and tokens in total. */
export interface ClaudeLimits {
  readonly maxSide: number;
  readonly maxTokens: number;
}

/**
 * Limits of Claude's models by version. Source: Vision, "How Claude resizes and pads images"
 * (platform.claude.com/docs/en/build-with-claude/vision), as of 2026-08-31: 4.7 and later have the high resolution.
 */
export function chooseClaudeLimits(model: ModelName): ClaudeLimits {
  const isHigh = model.version === undefined ? !/instant/.test(model.name) : model.version >= 4.7;
  return isHigh ? { maxSide: 2576, maxTokens: 4784 } : { maxSide: 1568, maxTokens: 1568 };
}
