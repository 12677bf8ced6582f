import { findBlankTexts, findMessages, findWrongFirst } from "./content.ts";
import { blocksOf, findOrphanResults, findRepeatedIds, findUnansweredCalls, nextMessage } from "./pairs.ts";
import type { Rule, RuleBlock, RuleContext, RuleMessage, RulePlace, RuleTable } from "./rule.ts";
import { asObject, makeBlock, makeRuleMessage, readObjects, readText } from "./view.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";

const reference = "https://docs.aws.amazon.com/bedrock/latest/APIReference";

function readBlock(block: JsonObject): RuleBlock {
  const text = readText(block, "text");
  if (text !== undefined) return makeBlock("text", block, undefined, text);
  if (block["toolUse"] !== undefined)
    return makeBlock("call", block, readText(asObject(block["toolUse"]), "toolUseId"));
  if (block["toolResult"] !== undefined)
    return makeBlock("result", block, readText(asObject(block["toolResult"]), "toolUseId"));
  return makeBlock(block["reasoningContent"] === undefined ? "other" : "reasoning", block);
}

function isMark(block: RuleBlock): boolean {
  return block.value["cachePoint"] !== undefined;
}

function readMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const blocks = readObjects(value["content"]).map(readBlock);
  const held = blocks.filter((block) => !isMark(block));
  const isResults = held.length > 0 && held.every((block) => block.kind === "result");
  const role = value["role"] === "assistant" ? "assistant" : isResults ? "tool" : "user";
  return makeRuleMessage(value, role, blocks);
}

/** Finds reasoning that the client's history does not hold. */
function findChangedReasoning(
  messages: readonly RuleMessage[],
  { history }: RuleContext,
): readonly RulePlace[] {
  if (history === undefined) return [];
  const known = new Set(
    history.flatMap((one) => blocksOf(one, "reasoning").map((block) => JSON.stringify(block.value))),
  );
  return findMessages(messages, "reasoning is not as the model gave it", (message) =>
    blocksOf(message, "reasoning").some((block) => !known.has(JSON.stringify(block.value))),
  );
}

const rules: readonly Rule[] = [
  {
    id: "bedrock/first-is-user",
    sentence: "The first message is a user's.",
    source: `${reference}/API_runtime_Converse.html`,
    find: findWrongFirst,
  },
  {
    id: "bedrock/call-answered",
    sentence: "Each toolUse has its toolResult in the next message.",
    source: `${reference}/API_runtime_ToolResultBlock.html`,
    find: (messages) => findUnansweredCalls(messages, nextMessage),
  },
  {
    id: "bedrock/result-has-call",
    sentence: "Each toolResult has its toolUse in the previous message.",
    source: `${reference}/API_runtime_ToolResultBlock.html`,
    find: (messages) => findOrphanResults(messages, nextMessage),
  },
  {
    id: "bedrock/one-result",
    sentence: "Each toolUse has a single result.",
    source: `${reference}/API_runtime_ToolResultBlock.html`,
    find: (messages) => findRepeatedIds(messages, "result"),
  },
  {
    id: "bedrock/text-visible",
    sentence: "Text blocks hold more than white space.",
    source: "https://github.com/continuedev/continue/issues/9767",
    find: findBlankTexts,
  },
  {
    id: "bedrock/content-not-empty",
    sentence: "Every message has content besides marks of the cache.",
    source: "https://github.com/langchain-ai/langchain/issues/26968",
    find: (messages) =>
      findMessages(messages, "the message has no content", (message) => message.blocks.every(isMark)),
  },
  {
    id: "bedrock/result-is-list",
    sentence: "A tool's result is a list of blocks.",
    source: `${reference}/API_runtime_ToolResultBlock.html`,
    find: (messages) =>
      findMessages(messages, "a result is not a list", (message) =>
        blocksOf(message, "result").some(
          ({ value }) => !Array.isArray(asObject(value["toolResult"])["content"]),
        ),
      ),
  },
  {
    id: "bedrock/reasoning-unchanged",
    sentence: "Reasoning stays as the model gave it.",
    source: `${reference}/API_runtime_ReasoningContentBlock.html`,
    find: findChangedReasoning,
  },
  {
    id: "bedrock/alternate",
    sentence: "User and assistant messages alternate; a message of results is a user's.",
    source: "https://github.com/langchain-ai/langchain-aws/issues/130",
    find: (messages) =>
      findMessages(messages, "two messages of one role in a row", ({ value }, index) => {
        return index > 0 && messages[index - 1]?.value["role"] === value["role"];
      }),
  },
];

/** The rules of Amazon Bedrock's Converse API. */
export const bedrockRules: RuleTable = { readMessage, rules };
