import { describe, expect, test } from "vitest";
import type { Format } from "../conversation/message/message.ts";
import { findRuleFaults, listRules } from "./find-rule-faults.ts";
import type { RuleOptions } from "./rule.ts";

type Messages = readonly object[];

const content = (role: string, ...parts: readonly object[]): object => ({ role, parts });
const asked = content("user", { text: "go" });
const said = content("model", { text: "done" });
const makeCalls = (...names: readonly string[]): object =>
  content("model", ...names.map((name) => ({ functionCall: { name, args: {} } })));
const makeResponses = (...names: readonly string[]): object =>
  content("user", ...names.map((name) => ({ functionResponse: { name, response: { output: "1" } } })));
const signed = content("model", { functionCall: { name: "f", args: {} }, thoughtSignature: "s" });

const block = (role: string, ...blocks: readonly object[]): object => ({ role, content: blocks });
const toolUse = { toolUse: { toolUseId: "a", name: "f", input: {} } };
const toolResult = { toolResult: { toolUseId: "a", content: [{ text: "1" }] } };
const thought = { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } };
const mark = { cachePoint: { type: "default" } };
const user = block("user", { text: "go" });
const answer = block("assistant", { text: "done" });

const agentUser = { type: "message", role: "user", content: "go" };
const agentCall = { type: "function_call", id: "fc_1", callId: "a", name: "f", arguments: "{}" };
const agentResult = { type: "function_call_result", callId: "a", name: "f", output: "1" };
const reasoning = { type: "reasoning", id: "rs_1", content: [] };

const plain = { role: "user", content: "go" };
const plainAnswer = { role: "assistant", content: "done" };
const ollamaCall = {
  role: "assistant",
  content: "",
  tool_calls: [{ function: { name: "f", arguments: {} } }],
};
const ollamaResult = { role: "tool", tool_name: "f", content: "1" };

const human = { type: "human", content: "go" };
const ai = { type: "ai", content: "done", tool_calls: [] };
const aiCall = { type: "ai", content: "", tool_calls: [{ id: "a", name: "f", args: {} }] };
const tool = { type: "tool", content: "1", tool_call_id: "a" };
const reasoned = { ...aiCall, additional_kwargs: { reasoning_content: "hm" } };

const valid: Readonly<Record<string, readonly Messages[]>> = {
  gemini: [
    [asked, makeCalls("f", "g"), makeResponses("g", "f"), said],
    [asked, makeCalls("f", "g"), makeResponses("f"), makeResponses("g"), said],
    [asked, signed],
    [asked, makeCalls("f", "g"), makeResponses("f")],
  ],
  bedrock: [
    [user, block("assistant", thought, toolUse), block("user", toolResult, mark), answer],
    [user, block("assistant", toolUse)],
  ],
  "openai-agents": [
    [agentUser, reasoning, agentCall, agentResult],
    [agentUser, agentCall, agentUser, agentResult],
  ],
  ollama: [
    [plain, ollamaCall, ollamaResult, plainAnswer],
    [plain, ollamaCall],
  ],
  langchain: [
    [human, aiCall, tool, ai],
    [human, reasoned],
  ],
};

test.each(Object.entries(valid))("accepts valid conversations of %s", (format, conversations) => {
  for (const messages of conversations)
    expect(findRuleFaults(format as Format, messages, { history: messages })).toEqual([]);
});

const strict = { alternate: true };

/** At least one breach of every rule: the rule, the messages, the options. */
const breaches: readonly (readonly [rule: string, messages: Messages, options: RuleOptions])[] = [
  ["gemini/first-is-user", [said, asked], {}],
  ["gemini/responses-match", [asked, makeCalls("f", "g"), makeResponses("f"), said], {}],
  ["gemini/responses-match", [asked, makeCalls("f"), makeResponses("g"), said], {}],
  ["gemini/responses-match", [asked, makeCalls("f"), asked, makeResponses("f"), said], {}],
  ["gemini/response-has-call", [asked, makeResponses("f")], {}],
  ["gemini/call-behind-user", [asked, said, makeCalls("f"), makeResponses("f")], {}],
  ["gemini/parts-not-empty", [content("user")], {}],
  [
    "gemini/response-is-object",
    [asked, makeCalls("f"), content("user", { functionResponse: { name: "f", response: "1" } })],
    {},
  ],
  ["gemini/signatures-unchanged", [asked, makeCalls("f")], { history: [asked, signed] }],
  ["gemini/alternate", [asked, asked], strict],
  ["bedrock/first-is-user", [answer, user], {}],
  ["bedrock/call-answered", [user, block("assistant", toolUse), user], {}],
  ["bedrock/result-has-call", [user, answer, block("user", toolResult)], {}],
  ["bedrock/one-result", [user, block("assistant", toolUse), block("user", toolResult, toolResult)], {}],
  ["bedrock/text-visible", [block("user", { text: " " })], {}],
  ["bedrock/content-not-empty", [block("user", mark)], {}],
  [
    "bedrock/result-is-list",
    [user, block("assistant", toolUse), block("user", { toolResult: { toolUseId: "a", content: "1" } })],
    {},
  ],
  ["bedrock/reasoning-unchanged", [user, block("assistant", thought)], { history: [user] }],
  ["bedrock/alternate", [user, user], strict],
  ["ollama/results-match", [plain, ollamaCall, plain], {}],
  ["ollama/results-match", [plain, ollamaCall, ollamaResult, ollamaResult], {}],
  ["ollama/result-has-call", [plain, ollamaResult], {}],
  ["ollama/content-is-text", [{ role: "user", content: [] }], {}],
  ["ollama/first-is-user", [plainAnswer, plain], strict],
  ["ollama/alternate", [plain, plain], strict],
  ["openai-agents/call-answered", [agentUser, agentCall, agentUser], {}],
  ["openai-agents/output-has-call", [agentUser, agentResult], {}],
  ["openai-agents/one-output", [agentUser, agentCall, agentResult, agentResult], {}],
  ["openai-agents/item-ids-unique", [agentUser, agentCall, agentCall], {}],
  ["openai-agents/reasoning-followed", [agentUser, reasoning, agentUser], {}],
  [
    "openai-agents/item-has-reasoning",
    [agentUser, agentCall],
    { history: [agentUser, reasoning, agentCall] },
  ],
  ["langchain/call-answered", [human, aiCall, human], {}],
  ["langchain/result-has-call", [human, ai, tool], {}],
  ["langchain/one-result", [human, aiCall, tool, tool], {}],
  ["langchain/reasoning-kept", [human, aiCall], { history: [human, reasoned] }],
  ["langchain/content-not-empty", [{ type: "human", data: { content: [] } }], {}],
];

describe("findRuleFaults", () => {
  test.each(breaches)("finds the breach of %s", (rule, messages, options) => {
    const format = rule.slice(0, rule.indexOf("/")) as Format;
    expect(findRuleFaults(format, messages, options).map((fault) => fault.rule)).toContain(rule);
  });

  test("has a breach for every rule of Gemini, Bedrock and Ollama, and a source for each", () => {
    const rules = (["gemini", "bedrock", "ollama"] as const).flatMap((format) => listRules(format));
    const broken = new Set(breaches.map(([rule]) => rule));
    expect(rules.filter(({ id }) => !broken.has(id))).toEqual([]);
    for (const { source, sentence } of rules) {
      expect(source).toMatch(/^https:\/\//);
      expect(sentence).toMatch(/\.$/);
    }
  });
});
