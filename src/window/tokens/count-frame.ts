import { isJsonObject } from "../../shared/json/json-object.ts";
import { compactJson } from "../conversation/json/compact-json.ts";
import type { Format, Frame, Role } from "../conversation/message/message.ts";
import type { TokenCounter } from "./counter.ts";
import { chooseOverhead } from "./message-overhead.ts";
import { readModelName } from "./model-name.ts";
import type { ModelName } from "./model-name.ts";
import { countResponseFormat } from "./response-format.ts";
import { hasProperties, renderFunctions } from "./render-functions.ts";
import { readTools } from "./tool-definitions.ts";
import type { ToolDefinition } from "./tool-definitions.ts";
import { findHostedTokens, findToolPrompt } from "./tool-prompts.ts";

/** Tokens of a frame: of the system prompt, of the tools with the provider's own text for them, and of the rest. */
export interface CountedFrame {
  readonly system: number;
  readonly tools: number;
  readonly overhead: number;
}

/** The first message of a conversation: it shows the format, and whether the system prompt is a message. */
export interface FirstMessage {
  readonly format: Format;
  readonly role: Role;
}

/**
 * Claude's tools, per token of their JSON and per tool: fitted to the counts reported for 40 sets of tools, within 6 tokens
 * (tests/models/anthropic of github.com/pydantic/pydantic-ai).
 */
const claudeToolShare = 1.35;
const claudeToolOverhead = 3;
/** A system message saves the one that OpenAI would add for tools (openai-chat-tokens). */
const sharedSystem = 4;

function countClaudeTools(tools: readonly ToolDefinition[], counter: TokenCounter): number {
  const json = tools.map(({ name, description, schema }) =>
    JSON.stringify({ name, description, input_schema: schema }),
  );
  return json.reduce(
    (sum, text) => sum + claudeToolOverhead + Math.ceil(claudeToolShare * counter.count(text)),
    0,
  );
}

function countNamespace(
  tools: readonly ToolDefinition[],
  counter: TokenCounter,
  model: ModelName | undefined,
): number {
  // Vocabularies since gpt-4o: each function after the first text is one token shorter than the rendering.
  const isOld = model !== undefined && /^gpt-(?:4(?!o|\.)|3)/.test(model.name);
  const shorter = isOld ? 0 : tools.filter(hasProperties).length;
  return counter.count(renderFunctions(tools)) - shorter;
}

/** Counts tools as the chat templates of open models show them: as the JSON of OpenAI's format. */
function countListedTools(tools: readonly ToolDefinition[], counter: TokenCounter): number {
  const listed = tools.map(({ name, description, schema }) => ({
    type: "function",
    function: { name, description, parameters: schema },
  }));
  return counter.count(JSON.stringify(listed));
}

function isForced(toolChoice: string | undefined): boolean {
  if (toolChoice === undefined) return false;
  const value: unknown = JSON.parse(toolChoice);
  const word = isJsonObject(value) ? (value["type"] ?? value["mode"]) : value;
  return typeof word === "string" && !["auto", "none", "AUTO", "NONE"].includes(word);
}

function countTools(frame: Frame, counter: TokenCounter, first: FirstMessage | undefined): number {
  if (frame.tools === undefined) return 0;
  const format = first?.format ?? "openai-chat";
  const model = readModelName(counter.model);
  const { definitions, hosted } = readTools(JSON.parse(frame.tools));
  if (definitions.length === 0 && hosted.length === 0)
    return /[{"]|\d/.test(frame.tools) ? counter.count(compactJson(frame.tools)) : 0;
  const prompt = findToolPrompt(model, format);
  const shared = first?.role === "system" && format === "openai-chat" ? sharedSystem : 0;
  const own = hosted.reduce(
    (sum, tool) => sum + (findHostedTokens(tool["type"]) ?? counter.count(JSON.stringify(tool))),
    isForced(frame.toolChoice) ? prompt.forced : prompt.auto,
  );
  if (definitions.length === 0) return own;
  if (model?.maker === "anthropic" || (model === undefined && format === "anthropic"))
    return own + countClaudeTools(definitions, counter);
  if (model?.maker === "google") return own + counter.count(JSON.stringify(definitions));
  if (model?.maker === "openai" || model === undefined)
    return Math.max(1, own + countNamespace(definitions, counter, model) - shared);
  return own + countListedTools(definitions, counter);
}

/**
 * Counts the frame: system prompt, tools as the model's provider shows them to it, with the text that the provider adds for
 * them, and the form of the answer. Counts a frame once for each counter.
 */
export function countFrame(frame: Frame, counter: TokenCounter, first?: FirstMessage): CountedFrame {
  const key = `${counter.id} ${counter.model ?? ""} ${first?.format ?? ""} ${first?.role ?? ""}`;
  const held = counted.get(frame) ?? new Map<string, CountedFrame>();
  counted.set(frame, held);
  const known = held.get(key);
  if (known !== undefined) return known;
  const overhead = chooseOverhead(counter.model, first?.format);
  const tokens = {
    system: frame.system === undefined ? 0 : counter.count(readSystemText(frame.system)) + overhead.system,
    tools: countTools(frame, counter, first),
    overhead: overhead.reply + countResponseFormat(frame, counter),
  };
  held.set(key, tokens);
  return tokens;
}

/** Counts of frames: a system prompt with tools may have tens of thousands of tokens, and every window needs them. */
const counted = new WeakMap<Frame, Map<string, CountedFrame>>();

function listTexts(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return [value];
  if (isJsonObject(value)) return listTexts(value["text"] ?? value["parts"] ?? value["content"]);
  if (!Array.isArray(value)) return undefined;
  const texts: string[] = [];
  for (const item of value) {
    const inner = listTexts(item);
    if (inner === undefined) return undefined;
    texts.push(...inner);
  }
  return texts;
}

/** Returns what a model reads of a system prompt's JSON text: a string, or the texts of blocks or parts. Other JSON is compacted. */
function readSystemText(json: string): string {
  return listTexts(JSON.parse(json))?.join("\n") ?? compactJson(json);
}
