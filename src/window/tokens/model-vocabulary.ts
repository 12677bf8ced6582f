import { cl100kCounter, o200kCounter } from "./bpe-counters.ts";
import type { TokenCounter } from "./counter.ts";
import { readModelName } from "./model-name.ts";

interface Row {
  readonly pattern: RegExp;
  readonly vocabulary: "o200k_base" | "cl100k_base";
  readonly exact: boolean;
}

/**
 * Which public vocabulary counts for a model. Source: openai/tiktoken `model.py` and the providers' model pages, read
 * 2026-11-23. If a provider's vocabulary is not public, o200k_base is the base of an estimate whose factor is learned from
 * reported usage (`calibration.ts`).
 */
const table: readonly Row[] = [
  {
    pattern:
      /^(?:gpt-4o|gpt-4\.1|gpt-4\.5|gpt-[5-9]|gpt-oss|chatgpt-4o|chat-latest|codex-|computer-use|o[1-9](?:$|-))/,
    vocabulary: "o200k_base",
    exact: true,
  },
  { pattern: /^(?:gpt-4|gpt-3\.5|gpt-35|text-embedding-(?:ada|3))/, vocabulary: "cl100k_base", exact: true },
  { pattern: /./, vocabulary: "o200k_base", exact: false },
];

/** Returns the counter for a model's name, with or without a provider before a slash; undefined is an unknown model. */
export async function counterForModel(model: string | undefined): Promise<TokenCounter> {
  const name = readModelName(model)?.name ?? "unknown";
  const row = table.find(({ pattern }) => pattern.test(name));
  const counter = row?.vocabulary === "cl100k_base" ? await cl100kCounter() : await o200kCounter();
  if (row?.exact === true) return { ...counter, model };
  return isNewClaude(model)
    ? { id: `estimate-2/${counter.id}`, exact: false, model, count: (text) => stretch(counter.count(text)) }
    : { ...counter, id: `estimate/${counter.id}`, exact: false, model };
}

/**
 * Claude since 4.7 has a vocabulary with up to 1.35 times the tokens of the one before (Anthropic documentation, What's new in
 * Claude 4.7). Reported counts: equal for a sentence, 1.1 for prose, 1.39 for lists of facts and schemas (tests/models/anthropic
 * of github.com/pydantic/pydantic-ai). The estimate starts in between; reports correct it.
 */
const newClaudeShare = 1.2;
const sentenceTokens = 16;

function stretch(tokens: number): number {
  return Math.round(tokens + (newClaudeShare - 1) * Math.max(0, tokens - sentenceTokens));
}

function isNewClaude(model: string | undefined): boolean {
  const name = readModelName(model);
  return name?.maker === "anthropic" && (name.version === undefined || name.version >= 4.7);
}

/** Returns a counter that counts images, files and tools for a model; a counter that already names its model stays. */
export function nameModel(counter: TokenCounter, model: string | undefined): TokenCounter {
  if (counter.model !== undefined || model === undefined) return counter;
  return {
    id: counter.id,
    exact: counter.exact,
    model,
    count: (text) => counter.count(text),
    ...(counter.cut === undefined ? {} : { cut: (text: string) => counter.cut?.(text) ?? [text] }),
  };
}
