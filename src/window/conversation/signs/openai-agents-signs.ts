import { hasField } from "./sign.ts";
import type { FormatSigns } from "./sign.ts";

/** Types of items that only the OpenAI Agents SDK has; it shares the others with OpenAI responses. */
const ownTypes = ["hosted_tool_call", "function_call_result", "computer_call_result"] as const;

const itemTypes = new Set([
  ...ownTypes,
  "message",
  "reasoning",
  "function_call",
  "computer_call",
  "shell_call",
  "shell_call_output",
  "apply_patch_call",
  "apply_patch_call_output",
  "tool_search_call",
  "tool_search_output",
  "program",
  "program_output",
  "compaction",
  "unknown",
]);

/** Blocks that OpenAI responses have too; media are in fields of other names there. */
const sharedBlocks: ReadonlySet<string> = new Set(["input_text", "output_text", "input_image", "input_file"]);

const own: ReadonlySet<unknown> = new Set(ownTypes);

/** Items of `@openai/agents`: like those of OpenAI responses, with `callId` and `providerData` in camel case. */
export const openAiAgentsSigns: FormatSigns = {
  roles: new Set(["system", "user", "assistant"]),
  itemTypes,
  blockTypes: new Set([
    "input_text",
    "output_text",
    "input_image",
    "input_file",
    "refusal",
    "audio",
    "image",
  ]),
  listKeys: [],
  includes: ["openai-responses"],
  readMessageSign: (item) => {
    const { role, type } = item;
    if (role !== undefined)
      return type === "message" || hasField(item, "providerData") ? "likely" : undefined;
    if (typeof type !== "string" || !itemTypes.has(type)) return undefined;
    if (own.has(type) || hasField(item, "callId") || hasField(item, "providerData")) return "certain";
    return type === "reasoning" && hasField(item, "content") && !hasField(item, "summary")
      ? "certain"
      : undefined;
  },
  readBlockSign: (block) => {
    if (typeof block["type"] !== "string" || !sharedBlocks.has(block["type"])) return undefined;
    return hasField(block, "image") || hasField(block, "file") ? "certain" : "likely";
  },
  countRequestSigns: () => 0,
};
