import type { Format } from "../conversation/message/message.ts";
import type { ModelName } from "./model-name.ts";

/** Tokens of the text that a provider adds to a request with tools, in addition to the tools. */
export interface ToolPrompt {
  /** The model may call a tool, or none. */
  readonly auto: number;
  /** The model must call a tool. */
  readonly forced: number;
}

interface Row {
  readonly pattern: RegExp;
  readonly prompt: ToolPrompt;
}

/**
 * Anthropic's hidden tool prompts, the first match counts. Source: Tool use overview, "Pricing"
 * (platform.claude.com/docs/en/agents-and-tools/tool-use/overview), as of 2026-09; models that left the table as in the table of
 * 2025-02. A later model counts like the newest of the table.
 */
const claudePrompts: readonly Row[] = [
  { pattern: /opus-4-8/, prompt: { auto: 290, forced: 410 } },
  { pattern: /opus-4-7/, prompt: { auto: 675, forced: 804 } },
  { pattern: /(?:opus|sonnet)-4-6/, prompt: { auto: 497, forced: 589 } },
  { pattern: /(?:opus|sonnet|haiku)-4-5/, prompt: { auto: 496, forced: 588 } },
  { pattern: /(?:opus|sonnet)-4(?:-[01])?(?:$|[^-\d]|-\d{3})|claude-4-/, prompt: { auto: 313, forced: 315 } },
  { pattern: /3-7-sonnet|3-5-sonnet/, prompt: { auto: 346, forced: 313 } },
  { pattern: /3-5-haiku/, prompt: { auto: 264, forced: 355 } },
  { pattern: /3-opus/, prompt: { auto: 530, forced: 281 } },
  { pattern: /3-sonnet/, prompt: { auto: 159, forced: 235 } },
  { pattern: /3-haiku/, prompt: { auto: 264, forced: 340 } },
  { pattern: /./, prompt: { auto: 354, forced: 474 } },
];

/**
 * What OpenAI adds for tools, found from reported counts: chat completions of GPT-5 and later add 90 tokens for tools,
 * of earlier models 9 (github.com/hmarr/openai-chat-tokens); responses add 3 for GPT-4, 8 for GPT-5, and 22 for most later ones
 * (tests/models of github.com/pydantic/pydantic-ai, recorded up to 2026-08).
 */
const openAiChat: readonly Row[] = [
  { pattern: /^gpt-oss/, prompt: { auto: 34, forced: 34 } },
  { pattern: /^(?:gpt-(?:[5-9])|o[1-9](?:$|-)|chat-latest)/, prompt: { auto: 90, forced: 90 } },
  { pattern: /./, prompt: { auto: 9, forced: 9 } },
];
const openAiResponses: readonly Row[] = [
  { pattern: /^gpt-5(?:\.[15])?(?:$|-)/, prompt: { auto: 8, forced: 8 } },
  { pattern: /^(?:gpt-(?:[5-9])|o[1-9](?:$|-)|chat-latest)/, prompt: { auto: 22, forced: 22 } },
  { pattern: /./, prompt: { auto: 3, forced: 3 } },
];

const none: ToolPrompt = { auto: 0, forced: 0 };

function findPrompt(rows: readonly Row[], name: string): ToolPrompt {
  return rows.find(({ pattern }) => pattern.test(name))?.prompt ?? none;
}

/** Returns the hidden tool prompt of a model, or that of the format's usual models if the model is unknown. */
export function findToolPrompt(model: ModelName | undefined, format: Format): ToolPrompt {
  if (model?.maker === "anthropic") return findPrompt(claudePrompts, model.name.replaceAll(".", "-"));
  if (model?.maker === "google" || model?.maker === "other") return none;
  if (model === undefined && format === "anthropic") return findPrompt(claudePrompts, "claude-sonnet-4-5");
  return findPrompt(format === "openai-responses" ? openAiResponses : openAiChat, model?.name ?? "gpt-4o");
}

/**
 * Tokens of tools whose definition the provider holds, by the beginning of their type. Source: the same page of Anthropic, and
 * its pages on the bash, text editor and computer use tools.
 */
const hostedTools: readonly { readonly type: string; readonly tokens: number }[] = [
  { type: "bash_", tokens: 245 },
  { type: "text_editor_", tokens: 700 },
  { type: "computer_", tokens: 735 },
];

/** Returns the tokens of a tool that the provider defines, undefined if they are not published. */
export function findHostedTokens(type: unknown): number | undefined {
  return typeof type === "string"
    ? hostedTools.find((tool) => type.startsWith(tool.type))?.tokens
    : undefined;
}
