import { findMessages, findUnalternating, findWrongFirst } from "./content.ts";
import { blocksOf, nextToolMessages } from "./pairs.ts";
import type { Rule, RuleMessage, RulePlace, RuleTable } from "./rule.ts";
import {
  asObject,
  makeBlock,
  makeRuleMessage,
  readObjects,
  readRuleRole,
  readStringContent,
} from "./view.ts";

const reference = "https://github.com/ollama/ollama/blob/main/docs/api.md";

function readMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const role = readRuleRole(value["role"]);
  const calls = readObjects(value["tool_calls"]).map((call) => makeBlock("call", call));
  const said = role === "tool" ? [makeBlock("result", value)] : readStringContent(value);
  return makeRuleMessage(value, role, [...said, ...calls]);
}

/** Finds calls with fewer or more results directly behind them: only their order links them. */
function findUnmatched(messages: readonly RuleMessage[]): readonly RulePlace[] {
  return messages.flatMap((message, index) => {
    const calls = blocksOf(message, "call").length;
    const end = nextToolMessages(messages, index);
    const results = end - index - 1;
    if (message.role !== "assistant" || calls === results || (end === messages.length && results < calls))
      return [];
    return [{ message: index, detail: `${calls} calls have ${results} results behind them` }];
  });
}

const rules: readonly Rule[] = [
  {
    id: "ollama/results-match",
    sentence: "As many tool messages as calls come directly behind the calls, in their order.",
    source: reference,
    find: findUnmatched,
  },
  {
    id: "ollama/result-has-call",
    sentence: "A tool message follows calls or another tool message.",
    source: reference,
    find: (messages) =>
      findMessages(
        messages,
        "a result does not follow a call",
        (message, index) =>
          message.role === "tool" &&
          messages[index - 1]?.role !== "tool" &&
          blocksOf(messages[index - 1], "call").length === 0,
      ),
  },
  {
    id: "ollama/content-is-text",
    sentence: "Content is a text.",
    source: reference,
    find: (messages) =>
      findMessages(messages, "content is not a text", ({ value }) => {
        const content = value["content"];
        return content !== undefined && content !== null && typeof content !== "string";
      }),
  },
  {
    id: "ollama/first-is-user",
    sentence: "With a strict template, the first message behind the system's is a user's.",
    source: "https://github.com/mistralai/mistral-vibe/issues/1006",
    find: (messages, { alternate }) => (alternate ? findWrongFirst(messages) : []),
  },
  {
    id: "ollama/alternate",
    sentence: "With a strict template, user and assistant messages alternate.",
    source: "https://github.com/mistralai/mistral-vibe/issues/1006",
    find: findUnalternating,
  },
];

/** The rules of Ollama's chat API. */
export const ollamaRules: RuleTable = { readMessage, rules };
