import { isJsonObject } from "../../shared/json/json-object.ts";
import { findEmptyLists, findMessages, findUnalternating, findWrongFirst } from "./content.ts";
import {
  blocksOf,
  findOrphanResults,
  findRepeatedIds,
  findUnansweredCalls,
  nextToolMessages,
} from "./pairs.ts";
import type { Rule, RuleBlock, RuleContext, RuleMessage, RulePlace, RuleTable } from "./rule.ts";
import {
  asObject,
  makeBlock,
  makeRuleMessage,
  readObjects,
  readRuleRole,
  readStringContent,
  readText,
} from "./view.ts";

const reference =
  "https://developers.openai.com/api/reference/resources/chat/subresources/completions/methods/create";

/** Reads a message of OpenAI chat completions as the rules see it. */
export function readChatRuleMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const role = readRuleRole(value["role"]);
  const reasoning = readText(value, "reasoning_content");
  if (role === "tool") {
    const ids = Array.isArray(value["tool_call_ids"]) ? value["tool_call_ids"] : [value["tool_call_id"]];
    const results = ids.map((id: unknown) =>
      makeBlock("result", value, typeof id === "string" ? id : undefined),
    );
    return makeRuleMessage(value, role, results);
  }
  const content = value["content"];
  const texts = Array.isArray(content)
    ? readObjects(content).map(readContentBlock)
    : readStringContent(value);
  const calls = readObjects(value["tool_calls"]).map((call) => makeBlock("call", call, readText(call, "id")));
  const legacy = isJsonObject(value["function_call"]) ? [makeBlock("call", value["function_call"])] : [];
  const thinking = reasoning === undefined ? [] : [makeBlock("reasoning", value, undefined, reasoning)];
  return makeRuleMessage(value, role, [...thinking, ...texts, ...calls, ...legacy]);
}

function readContentBlock(block: ReturnType<typeof asObject>): RuleBlock {
  return block["type"] === "text"
    ? makeBlock("text", block, undefined, readText(block, "text") ?? "")
    : makeBlock("other", block);
}

/** Finds assistant messages with calls whose reasoning the client's history has and the messages lack. */
function findLostReasoning(messages: readonly RuleMessage[], { history }: RuleContext): readonly RulePlace[] {
  const isMissing = (message: RuleMessage): boolean =>
    blocksOf(message, "call").length > 0 && blocksOf(message, "reasoning").length === 0;
  const given = new Map(
    (history ?? messages).flatMap((one) => listCallIds(one).map((id) => [id, one] as const)),
  );
  return findMessages(messages, "reasoning_content of a call was cut", (message) => {
    const original = given.get(listCallIds(message)[0] ?? "");
    return original !== undefined && isMissing(message) && !isMissing(original);
  });
}

function listCallIds(message: RuleMessage): readonly string[] {
  return blocksOf(message, "call").flatMap((block) => block.id ?? []);
}

/** The rules of OpenAI chat completions, and of the providers that speak it. */
export const chatRuleList: readonly Rule[] = [
  {
    id: "openai-chat/call-answered",
    sentence: "Tool messages for every call of an assistant message follow it directly.",
    source: "https://github.com/vercel/ai/issues/12709",
    find: (messages) => findUnansweredCalls(messages, nextToolMessages),
  },
  {
    id: "openai-chat/result-has-call",
    sentence: "A tool message answers a call of the assistant message directly before the tool messages.",
    source: reference,
    find: (messages) => findOrphanResults(messages, nextToolMessages),
  },
  {
    id: "openai-chat/one-result",
    sentence: "Each call has one result.",
    source: reference,
    find: findRepeatedResults,
  },
  {
    id: "openai-chat/content-not-empty",
    sentence: "A content list has elements, and an assistant message has content or calls.",
    source: reference,
    find: (messages) => [
      ...findEmptyLists(messages),
      ...findMessages(
        messages,
        "an assistant message has neither content nor calls",
        (message) => message.role === "assistant" && isBare(message),
      ),
    ],
  },
  {
    id: "openai-chat/calls-not-empty",
    sentence: "A list of calls has elements.",
    source: reference,
    find: (messages) =>
      findMessages(messages, "tool_calls is empty", ({ value }) => {
        const calls = value["tool_calls"];
        return Array.isArray(calls) && calls.length === 0;
      }),
  },
  {
    id: "openai-chat/reasoning-kept",
    sentence: "With Kimi and DeepSeek, an assistant message with calls keeps its reasoning_content.",
    source: "https://github.com/bytedance/deer-flow/issues/3043",
    find: findLostReasoning,
  },
  {
    id: "openai-chat/first-is-user",
    sentence: "With a strict template, the first message behind the system's is a user's.",
    source: "https://github.com/mistralai/mistral-vibe/issues/1006",
    find: (messages, { alternate }) => (alternate ? findWrongFirst(messages) : []),
  },
  {
    id: "openai-chat/alternate",
    sentence: "With a strict template, user and assistant messages alternate.",
    source: "https://github.com/mistralai/mistral-vibe/issues/1006",
    find: findUnalternating,
  },
];

function isBare(message: RuleMessage): boolean {
  const { value } = message;
  const hasOther = ["content", "refusal", "audio", "function_call"].some(
    (key) => value[key] !== undefined && value[key] !== null,
  );
  return !hasOther && blocksOf(message, "call").length === 0;
}

/** Finds second results of a call. Ids may return in later turns: some providers start counting again. */
function findRepeatedResults(messages: readonly RuleMessage[]): readonly RulePlace[] {
  let from = 0;
  return messages.flatMap((message, index) => {
    if (message.role !== "tool") from = index + 1;
    const isLast = messages[index + 1]?.role !== "tool";
    if (message.role !== "tool" || !isLast) return [];
    return findRepeatedIds(messages.slice(from, index + 1), "result").map((place) => ({
      ...place,
      message: place.message + from,
    }));
  });
}

/** The rules of OpenAI chat completions. */
export const openAiChatRules: RuleTable = { readMessage: readChatRuleMessage, rules: chatRuleList };
