import {
  findBlankTexts,
  findEmptyLists,
  findMessages,
  findUnalternating,
  findWrongFirst,
} from "./content.ts";
import {
  blocksOf,
  findOrphanResults,
  findRepeatedIds,
  findWithoutEarlier,
  findWithoutLater,
  nextToolMessages,
} from "./pairs.ts";
import type { Rule, RuleBlock, RuleMessage, RulePlace, RuleTable } from "./rule.ts";
import {
  asObject,
  makeBlock,
  makeRuleMessage,
  readObjects,
  readRuleRole,
  readStringContent,
  readText,
} from "./view.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";

const troubleshooting = "https://ai-sdk.dev/docs/troubleshooting/missing-tool-results-error";
const reference = "https://ai-sdk.dev/docs/reference/ai-sdk-core/model-message";

function readBlock(value: JsonObject, role: RuleMessage["role"]): RuleBlock {
  const id = readText(value, "toolCallId");
  switch (value["type"]) {
    case "text":
      return makeBlock("text", value, undefined, readText(value, "text") ?? "");
    case "reasoning":
      return makeBlock("reasoning", value);
    case "tool-call":
      return makeBlock(value["providerExecuted"] === true ? "server-call" : "call", value, id);
    case "tool-result":
      return makeBlock(role === "assistant" ? "server-result" : "result", value, id);
    case "tool-approval-request":
      return makeBlock("approval-request", value, readText(value, "approvalId"));
    case "tool-approval-response":
      return makeBlock("approval-response", value, readText(value, "approvalId"));
    default:
      return makeBlock("other", value);
  }
}

function readMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const role = readRuleRole(value["role"]);
  const blocks = Array.isArray(value["content"])
    ? readObjects(value["content"]).map((block) => readBlock(block, role))
    : readStringContent(value);
  return makeRuleMessage(value, role, blocks);
}

/** Finds calls without a result or an approval directly behind them. */
function findUnanswered(messages: readonly RuleMessage[]): readonly RulePlace[] {
  return messages.flatMap((message, index) => {
    const end = nextToolMessages(messages, index);
    if (message.role !== "assistant" || end === messages.length) return [];
    const behind = messages.slice(index + 1, end).flatMap((one) => one.blocks);
    const approved = new Set(
      behind.flatMap((block) => (block.kind === "approval-response" ? (block.id ?? []) : [])),
    );
    const answered = new Set(behind.flatMap((block) => (block.kind === "result" ? (block.id ?? []) : [])));
    for (const block of blocksOf(message, "approval-request")) {
      const callId = readText(block.value, "toolCallId");
      if (approved.has(block.id ?? "") && callId !== undefined) answered.add(callId);
    }
    return blocksOf(message, "call")
      .filter((block) => !answered.has(block.id ?? ""))
      .map((block) => ({
        message: index,
        detail: `call ${block.id ?? ""} has no result directly behind it`,
      }));
  });
}

/** Finds results of approved calls whose approval left, and approvals whose request's call left. */
function findBrokenApprovals(messages: readonly RuleMessage[]): readonly RulePlace[] {
  const approvals = findWithoutEarlier(messages, "approval-response", "approval-request");
  const lone = messages.flatMap((message, index) =>
    blocksOf(message, "approval-request")
      .filter((block) => {
        const callId = readText(block.value, "toolCallId");
        return ![...blocksOf(message, "call"), ...blocksOf(message, "server-call")].some(
          ({ id }) => id === callId,
        );
      })
      .map((block) => ({ message: index, detail: `the call of the approval ${block.id ?? ""} is missing` })),
  );
  return [...approvals, ...lone, ...findWithoutLater(messages, "approval-request", ["approval-response"])];
}

const rules: readonly Rule[] = [
  {
    id: "ai-sdk/call-answered",
    sentence:
      "Each call has its result, or an answer to its approval, in the tool messages directly behind it.",
    source: troubleshooting,
    find: findUnanswered,
  },
  {
    id: "ai-sdk/result-has-call",
    sentence: "Each result follows its call directly.",
    source: troubleshooting,
    find: (messages) => findOrphanResults(messages, nextToolMessages),
  },
  {
    id: "ai-sdk/one-result",
    sentence: "Each call has one result.",
    source: troubleshooting,
    find: (messages) => findRepeatedIds(messages, "result"),
  },
  {
    id: "ai-sdk/approvals",
    sentence: "An approval's call, request and response stay together.",
    source: "https://github.com/vercel/ai/issues/9968",
    find: findBrokenApprovals,
  },
  {
    id: "ai-sdk/server-result-has-call",
    sentence: "A result of a tool that the provider ran has its call before it.",
    source: reference,
    find: (messages) => findWithoutEarlier(messages, "server-result", "server-call"),
  },
  {
    id: "ai-sdk/server-call-answered",
    sentence: "A call that the provider ran keeps its result.",
    source: reference,
    find: (messages) => findWithoutLater(messages, "server-call", ["server-result", "result"]),
  },
  {
    id: "ai-sdk/text-visible",
    sentence: "Text parts hold more than white space, because providers behind the SDK refuse others.",
    source: "https://github.com/anthropics/claude-code/issues/59812",
    find: findBlankTexts,
  },
  {
    id: "ai-sdk/content-not-empty",
    sentence: "A content list has elements.",
    source: reference,
    find: findEmptyLists,
  },
  {
    id: "ai-sdk/first-is-user",
    sentence:
      "The first message behind the system's is a user's, because providers behind the SDK require it.",
    source: "https://platform.claude.com/docs/en/api/messages",
    find: findWrongFirst,
  },
  {
    id: "ai-sdk/roles",
    sentence: "Results are in tool messages, or in the assistant's where the provider ran the tool.",
    source: reference,
    find: (messages) =>
      findMessages(
        messages,
        "a user message holds a result",
        (message) => message.role === "user" && blocksOf(message, "result").length > 0,
      ),
  },
  {
    id: "ai-sdk/alternate",
    sentence: "With a strict template, user and assistant messages alternate.",
    source: "https://github.com/mistralai/mistral-vibe/issues/1006",
    find: findUnalternating,
  },
];

/** The rules of the AI SDK's model messages. */
export const aiSdkRules: RuleTable = { readMessage, rules };
