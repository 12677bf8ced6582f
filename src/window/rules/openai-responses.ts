import { findLostCompaction } from "./anthropic.ts";
import { findEmptyLists, findMessages, findUnalternating } from "./content.ts";
import {
  anywhereBehind,
  blocksOf,
  findOrphanResults,
  findRepeatedIds,
  findWithoutEarlier,
  findWithoutLater,
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

const reference = "https://developers.openai.com/api/reference/resources/responses/methods/create";

function readMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const type = readText(value, "type") ?? "message";
  if (type === "message") {
    const texts = Array.isArray(value["content"])
      ? readObjects(value["content"]).map((block) =>
          makeBlock("text", block, undefined, readText(block, "text") ?? readText(block, "refusal") ?? " "),
        )
      : readStringContent(value);
    return makeRuleMessage(value, readRuleRole(value["role"]), texts);
  }
  const block = readItem(value, type);
  const role = block.kind === "result" || block.kind === "approval-response" ? "tool" : "assistant";
  return makeRuleMessage(value, role, [block]);
}

function readItem(value: ReturnType<typeof asObject>, type: string): RuleBlock {
  const callId = readText(value, "call_id");
  if (type === "reasoning") return makeBlock("reasoning", value);
  if (type === "compaction") return makeBlock("compaction", value);
  if (type === "mcp_approval_request") return makeBlock("approval-request", value, readText(value, "id"));
  if (type === "mcp_approval_response")
    return makeBlock("approval-response", value, readText(value, "approval_request_id"));
  if (type.endsWith("_call_output") || type === "program_output")
    return makeBlock("result", value, callId ?? readText(value, "id"));
  if (type === "program") return makeBlock("call", value, callId ?? readText(value, "id"));
  if (type.endsWith("_call") && callId !== undefined) return makeBlock("call", value, callId);
  return makeBlock(type.endsWith("_call") ? "server-call" : "other", value);
}

/** Returns true for what the model gave: only such an item completes a reasoning item. */
function isOutput(message: RuleMessage | undefined): boolean {
  return message?.role === "assistant";
}

/** Finds reasoning items that no item of the same answer follows. The newest answer may still grow. */
function findLoneReasoning(messages: readonly RuleMessage[]): readonly RulePlace[] {
  return findMessages(messages, "a reasoning item has no item behind it", (message, index) => {
    if (blocksOf(message, "reasoning").length === 0 || index === messages.length - 1) return false;
    return !isOutput(messages[index + 1]);
  });
}

/** Maps the id of each item to the ids of the reasoning directly before it in the client's history. */
function mapReasoning(history: readonly RuleMessage[]): ReadonlyMap<string, readonly string[]> {
  const required = new Map<string, readonly string[]>();
  let run: string[] = [];
  for (const message of history) {
    const id = readText(message.value, "id");
    if (!isOutput(message)) run = [];
    else if (blocksOf(message, "reasoning").length === 0) {
      if (id !== undefined && run.length > 0) required.set(id, run);
    } else if (id !== undefined) run = [...run, id];
  }
  return required;
}

/** Finds items that name their id but lack the reasoning that came with them. */
function findLostReasoning(messages: readonly RuleMessage[], { history }: RuleContext): readonly RulePlace[] {
  if (history === undefined) return [];
  const required = mapReasoning(history);
  const ids = new Set(messages.flatMap((message) => readText(message.value, "id") ?? []));
  return messages.flatMap((message, index) =>
    (required.get(readText(message.value, "id") ?? "") ?? [])
      .filter((id) => !ids.has(id))
      .map((id) => ({ message: index, detail: `the reasoning ${id} of this item is missing` })),
  );
}

/** Finds two items with one id. */
function findRepeatedItems(messages: readonly RuleMessage[]): readonly RulePlace[] {
  const seen = new Set<string>();
  return messages.flatMap((message, index) => {
    const id = readText(message.value, "id");
    if (id === undefined || message.role === "tool") return [];
    if (seen.has(id)) return [{ message: index, detail: `the item id ${id} occurs twice` }];
    seen.add(id);
    return [];
  });
}

const rules: readonly Rule[] = [
  {
    id: "openai-responses/call-answered",
    sentence: "Each call of a finished turn has its output.",
    source: "https://github.com/vercel/ai/issues/12709",
    find: (messages) => findWithoutLater(messages, "call", ["result"]),
  },
  {
    id: "openai-responses/output-has-call",
    sentence: "Each output has its call before it.",
    source: reference,
    find: (messages) => findOrphanResults(messages, anywhereBehind),
  },
  {
    id: "openai-responses/one-output",
    sentence: "Each call has one output.",
    source: reference,
    find: (messages) => findRepeatedIds(messages, "result"),
  },
  {
    id: "openai-responses/item-ids-unique",
    sentence: "Item ids are unique.",
    source: reference,
    find: findRepeatedItems,
  },
  {
    id: "openai-responses/reasoning-followed",
    sentence: "An item of the same answer follows a reasoning item directly.",
    source: "https://github.com/openai/openai-node/issues/1567",
    find: findLoneReasoning,
  },
  {
    id: "openai-responses/item-has-reasoning",
    sentence: "An item with an id keeps the reasoning items that came directly before it.",
    source: "https://github.com/continuedev/continue/issues/10018",
    find: findLostReasoning,
  },
  {
    id: "openai-responses/approval-has-request",
    sentence: "An approval has its request before it.",
    source: "https://developers.openai.com/api/docs/guides/tools-connectors-mcp",
    find: (messages) => findWithoutEarlier(messages, "approval-response", "approval-request"),
  },
  {
    id: "openai-responses/compaction-kept",
    sentence: "The newest compaction item stays as it is; what comes before it may leave.",
    source: "https://developers.openai.com/api/docs/guides/compaction",
    find: findLostCompaction,
  },
  {
    id: "openai-responses/content-not-empty",
    sentence: "A content list has elements.",
    source: reference,
    find: findEmptyLists,
  },
  {
    id: "openai-responses/alternate",
    sentence: "With a strict template, user and assistant messages alternate.",
    source: "https://github.com/mistralai/mistral-vibe/issues/1006",
    find: findUnalternating,
  },
];

/** The rules of OpenAI responses. */
export const openAiResponsesRules: RuleTable = { readMessage, rules };
