import { findBlankTexts, findMessages, findUnalternating, findWrongFirst } from "./content.ts";
import {
  blocksOf,
  findOrphanResults,
  findRepeatedIds,
  findUnansweredCalls,
  findWithoutEarlier,
  findWithoutLater,
  nextMessage,
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
import type { JsonObject } from "../../shared/json/json-object.ts";

const docs = "https://platform.claude.com/docs/en";
const issues = "https://github.com/anthropics/claude-code/issues";
const maxMarks = 4;

function readBlock(value: JsonObject): RuleBlock {
  const type = readText(value, "type") ?? "";
  if (type === "text") return makeBlock("text", value, undefined, readText(value, "text") ?? "");
  if (type === "thinking" || type === "redacted_thinking") return makeBlock("reasoning", value);
  if (type === "tool_use") return makeBlock("call", value, readText(value, "id"));
  if (type === "tool_result") return makeBlock("result", value, readText(value, "tool_use_id"));
  if (type === "server_tool_use" || type === "mcp_tool_use")
    return makeBlock("server-call", value, readText(value, "id"));
  if (type.endsWith("_tool_result")) return makeBlock("server-result", value, readText(value, "tool_use_id"));
  return makeBlock(type === "compaction" ? "compaction" : "other", value);
}

function readMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const content = value["content"];
  const blocks = Array.isArray(content) ? readObjects(content).map(readBlock) : readStringContent(value);
  const isResults = blocks.length > 0 && blocks.every((block) => block.kind === "result");
  const role = readRuleRole(value["role"]);
  return makeRuleMessage(value, role === "user" && isResults ? "tool" : role, blocks);
}

function hasResults(message: RuleMessage | undefined): boolean {
  return blocksOf(message, "result").length > 0;
}

function startsWithThinking(message: RuleMessage | undefined): boolean {
  return message?.blocks[0]?.kind === "reasoning";
}

/** Returns the assistant message whose results end the list: its thinking is checked. */
function findAnsweredLast(messages: readonly RuleMessage[]): number {
  const last = messages.findLastIndex((message) => message.role === "assistant");
  return hasResults(messages[last + 1]) ? last : -1;
}

function callIds(message: RuleMessage | undefined): string {
  return blocksOf(message, "call")
    .map((block) => block.id)
    .join(" ");
}

/** Finds thinking of the newest turn that the client's history has and the messages lack, or that was changed. */
function findChangedThinking(
  messages: readonly RuleMessage[],
  { history }: RuleContext,
): readonly RulePlace[] {
  if (history === undefined) return [];
  const known = new Set(history.flatMap((one) => blocksOf(one, "reasoning").map(writeBlock)));
  const changed = messages.flatMap((message, index) =>
    blocksOf(message, "reasoning").some((block) => !known.has(writeBlock(block)))
      ? [{ message: index, detail: "a thinking block is not as the model gave it" }]
      : [],
  );
  const from = history.findLastIndex((one) => one.role === "user" && !hasResults(one));
  const missing = history.slice(from + 1).flatMap((one) => {
    const thinking = blocksOf(one, "reasoning");
    const ids = callIds(one);
    const index =
      ids === "" || thinking.length === 0 ? -1 : messages.findIndex((sent) => callIds(sent) === ids);
    const has = blocksOf(messages[index], "reasoning").length;
    return index < 0 || has === thinking.length
      ? []
      : [{ message: index, detail: "thinking of the newest turn was cut" }];
  });
  return [...changed, ...missing];
}

function writeBlock(block: RuleBlock): string {
  return JSON.stringify(block.value);
}

function findTextBeforeResult(message: RuleMessage): boolean {
  const lastResult = message.blocks.findLastIndex((block) => block.kind === "result");
  return message.blocks.slice(0, lastResult + 1).some((block) => block.kind !== "result");
}

function countMarks(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, one) => sum + countMarks(one), 0);
  return inner + ("cache_control" in value && asObject(value)["cache_control"] !== null ? 1 : 0);
}

function findMarks(messages: readonly RuleMessage[]): readonly RulePlace[] {
  let marks = 0;
  return messages.flatMap((message, index) => {
    marks += countMarks(message.value);
    return marks > maxMarks ? [{ message: index, detail: `${marks} cache marks up to here` }] : [];
  });
}

function isMisplacedSystem(messages: readonly RuleMessage[], index: number): boolean {
  if (messages[index]?.role !== "system") return false;
  const before = messages[index - 1];
  const after = messages[index + 1];
  const isBehindUser = before?.role === "user" || before?.role === "tool";
  const isBehindServerTool = before?.role === "assistant" && before.blocks.at(-1)?.kind === "server-call";
  return !(isBehindUser || isBehindServerTool) || (after !== undefined && after.role !== "assistant");
}

/** Finds calls from code whose execution the messages do not hold, and answers to them with more than results. */
function findBrokenPrograms(messages: readonly RuleMessage[]): readonly RulePlace[] {
  const servers = new Set<string>();
  const places: RulePlace[] = [];
  for (const [index, message] of messages.entries()) {
    for (const block of message.blocks) {
      if (block.kind === "server-call" && block.id !== undefined) servers.add(block.id);
      const caller = readText(asObject(block.value["caller"]), "tool_id");
      if (block.kind !== "call" || caller === undefined) continue;
      if (!servers.has(caller)) places.push({ message: index, detail: `the caller ${caller} is missing` });
      const next = messages[index + 1];
      if (hasResults(next) && next?.blocks.some((one) => one.kind !== "result") === true)
        places.push({
          message: index + 1,
          detail: "results of calls from code share their message with other blocks",
        });
    }
  }
  return places;
}

/** Finds a compaction block of the client's history that the messages lack, unless a newer one is there. */
export function findLostCompaction(
  messages: readonly RuleMessage[],
  { history }: RuleContext,
): readonly RulePlace[] {
  const newest = history?.flatMap((one) => blocksOf(one, "compaction").map(writeBlock)).at(-1);
  if (newest === undefined) return [];
  const has = messages.some((one) =>
    blocksOf(one, "compaction").some((block) => writeBlock(block) === newest),
  );
  return has ? [] : [{ message: 0, detail: "the newest compaction is missing or changed" }];
}

const rules: readonly Rule[] = [
  {
    id: "anthropic/first-is-user",
    sentence: "The first message is a user's.",
    source: `${docs}/api/messages`,
    find: findWrongFirst,
  },
  {
    id: "anthropic/call-answered",
    sentence: "Each tool_use has its tool_result in the next message.",
    source: `${issues}/7929`,
    find: (messages) => findUnansweredCalls(messages, nextMessage),
  },
  {
    id: "anthropic/result-has-call",
    sentence: "Each tool_result has its tool_use in the previous message.",
    source: `${issues}/18947`,
    find: (messages) => findOrphanResults(messages, nextMessage),
  },
  {
    id: "anthropic/results-first",
    sentence: "In a user message, tool_results come before every other block.",
    source: `${docs}/agents-and-tools/tool-use/handle-tool-calls`,
    find: (messages) => findMessages(messages, "another block comes before a result", findTextBeforeResult),
  },
  {
    id: "anthropic/call-ids-unique",
    sentence: "tool_use ids are unique.",
    source: `${docs}/api/messages`,
    find: (messages) => findRepeatedIds(messages, "call"),
  },
  {
    id: "anthropic/one-result",
    sentence: "Each tool_use has a single result.",
    source: `${docs}/api/messages`,
    find: (messages) => findRepeatedIds(messages, "result"),
  },
  {
    id: "anthropic/text-visible",
    sentence: "Text blocks hold more than white space.",
    source: `${issues}/59812`,
    find: findBlankTexts,
  },
  {
    id: "anthropic/content-not-empty",
    sentence: "Every message has content; only a last assistant message may be empty.",
    source: `${docs}/api/messages`,
    find: (messages) =>
      findMessages(
        messages,
        "the message has no content",
        (message, index) =>
          message.blocks.length === 0 && !(message.role === "assistant" && index === messages.length - 1),
      ),
  },
  {
    id: "anthropic/thinking-first",
    sentence: "With thinking, the assistant message of the newest results starts with a thinking block.",
    source: "https://github.com/n8n-io/n8n/issues/22550",
    find: (messages) => {
      const last = findAnsweredLast(messages);
      const has = blocksOf(messages[last], "reasoning").length > 0;
      return has && !startsWithThinking(messages[last])
        ? [{ message: last, detail: "thinking is not first" }]
        : [];
    },
  },
  {
    id: "anthropic/thinking-unchanged",
    sentence: "Thinking blocks stay as they were; the newest turn keeps all of its own.",
    source: `${issues}/63284`,
    find: findChangedThinking,
  },
  {
    id: "anthropic/no-trailing-space",
    sentence: "A last assistant message does not end in white space.",
    source: `${docs}/api/messages`,
    find: (messages) =>
      findMessages(
        messages,
        "the last text ends in white space",
        (message, index) =>
          index === messages.length - 1 &&
          message.role === "assistant" &&
          message.blocks.at(-1)?.kind === "text" &&
          message.blocks.at(-1)?.text.trimEnd() !== message.blocks.at(-1)?.text,
      ),
  },
  {
    id: "anthropic/cache-marks",
    sentence: "At most four blocks carry cache_control.",
    source: "https://github.com/griffinmartin/opencode-claude-auth/issues/121",
    find: findMarks,
  },
  {
    id: "anthropic/server-result-has-call",
    sentence: "Each result of a server tool has its server_tool_use before it.",
    source: `${issues}/64383`,
    find: (messages) => findWithoutEarlier(messages, "server-result", "server-call"),
  },
  {
    id: "anthropic/server-call-answered",
    sentence: "A server_tool_use of a finished turn has its result.",
    source: `${docs}/agents-and-tools/tool-use/server-tools`,
    find: (messages) => findWithoutLater(messages, "server-call", ["server-result"]),
  },
  {
    id: "anthropic/programs",
    sentence:
      "A call from code has its code execution before it, and its results are alone in their message.",
    source: `${docs}/agents-and-tools/tool-use/programmatic-tool-calling`,
    find: findBrokenPrograms,
  },
  {
    id: "anthropic/system-place",
    sentence: "A system message follows a user message and comes last or before an assistant message.",
    source: `${docs}/build-with-claude/mid-conversation-system-messages`,
    find: (messages) =>
      findMessages(messages, "a system message is misplaced", (_, index) =>
        isMisplacedSystem(messages, index),
      ),
  },
  {
    id: "anthropic/compaction-kept",
    sentence: "The newest compaction block stays as it is: the provider reads nothing before it.",
    source: `${docs}/build-with-claude/compaction`,
    find: findLostCompaction,
  },
  {
    id: "anthropic/alternate",
    sentence: "With a strict template, user and assistant messages alternate.",
    source: "https://github.com/mistralai/mistral-vibe/issues/1006",
    find: findUnalternating,
  },
];

/** The rules of Anthropic's messages API. */
export const anthropicRules: RuleTable = { readMessage, rules };
