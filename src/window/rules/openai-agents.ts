import { openAiResponsesRules } from "./openai-responses.ts";
import type { RuleMessage, RuleTable } from "./rule.ts";
import { asObject } from "./view.ts";

/** Items whose result has another type in OpenAI's responses: only the id's name differs in all others. */
const resultTypes: Readonly<Record<string, string>> = {
  function_call_result: "function_call_output",
  computer_call_result: "computer_call_output",
};

/** Reads an item as the SDK sends it to OpenAI's responses. */
function readMessage(raw: unknown): RuleMessage {
  const item = asObject(raw);
  const { type, callId } = item;
  const sent = { ...item, ...(callId === undefined ? {} : { call_id: callId }) };
  if (typeof type !== "string") return openAiResponsesRules.readMessage(sent);
  // The SDK sends the content of reasoning, which may be empty, as its summary.
  if (type === "reasoning")
    return openAiResponsesRules.readMessage({ ...sent, summary: item["content"], content: undefined });
  return openAiResponsesRules.readMessage({ ...sent, type: resultTypes[type] ?? type });
}

/** The rules of items of `@openai/agents`: those of OpenAI responses, to which the SDK sends them. */
export const openAiAgentsRules: RuleTable = {
  readMessage,
  rules: openAiResponsesRules.rules.map((rule) => ({
    ...rule,
    id: rule.id.replace("openai-responses", "openai-agents"),
  })),
};
