import { describe, expect, test } from "vitest";
import type { Format } from "../conversation/message/message.ts";
import { findRuleFaults, listRules } from "./find-rule-faults.ts";
import type { RuleOptions } from "./rule.ts";

type Messages = readonly object[];

const user = { role: "user", content: "go" };
const answer = { role: "assistant", content: "done" };

/** A valid conversation of each format: no rule finds a fault. */
const anthropicCall = { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] };
const anthropicResult = { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "1" }] };
const chatCall = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "a", type: "function", function: {} }],
};
const chatResult = { role: "tool", tool_call_id: "a", content: "1" };
const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" };
const item = { type: "function_call", id: "fc_1", call_id: "a", name: "f", arguments: "{}" };
const output = { type: "function_call_output", call_id: "a", output: "1" };
const sdkCall = {
  role: "assistant",
  content: [{ type: "tool-call", toolCallId: "a", toolName: "f", input: {} }],
};
const sdkRequest = { type: "tool-approval-request", approvalId: "p", toolCallId: "a" };
const sdkResponse = { type: "tool-approval-response", approvalId: "p", approved: true };
const sdkResult = {
  role: "tool",
  content: [{ type: "tool-result", toolCallId: "a", toolName: "f", output: { type: "text", value: "1" } }],
};
const thinking = { type: "thinking", thinking: "hm", signature: "s" };
const thought = { role: "assistant", content: [thinking, ...anthropicCall.content] };
const compaction = { role: "assistant", content: [{ type: "compaction", content: "so far" }] };
const execution = { type: "server_tool_use", id: "s", name: "code_execution", input: {} };
const program = {
  role: "assistant",
  content: [
    execution,
    { ...anthropicCall.content[0], caller: { type: "code_execution_20250825", tool_id: "s" } },
  ],
};
const executed = { type: "code_execution_tool_result", tool_use_id: "s", content: {} };
const marked = { role: "user", content: [{ type: "text", text: "x", cache_control: { type: "ephemeral" } }] };
const note = { role: "system", content: "from now on" };

const valid: Readonly<Partial<Record<Format, readonly Messages[]>>> = {
  anthropic: [
    [user, answer],
    [user, anthropicCall],
    [user, thought, anthropicResult],
    [
      user,
      anthropicCall,
      { role: "user", content: [...anthropicResult.content, { type: "text", text: "b" }] },
    ],
    [user, program, anthropicResult, { role: "assistant", content: [executed, { type: "text", text: "5" }] }],
    [user, note, answer, marked, answer],
    [user, compaction, user],
  ],
  "openai-chat": [
    [{ role: "system", content: "s" }, user, chatCall, chatResult, answer],
    [answer, user],
    [user, chatCall],
  ],
  "openai-responses": [
    [user, reasoning, item, output, { type: "message", role: "assistant", content: [] as unknown[] }].slice(
      0,
      4,
    ),
    [user, item, user, output],
  ],
  "ai-sdk": [
    [user, sdkCall, sdkResult, answer],
    [
      user,
      { role: "assistant", content: [...sdkCall.content, sdkRequest] },
      { role: "tool", content: [sdkResponse] },
      sdkResult,
    ],
  ],
  "swe-agent": [[user, answer, user]],
};

test.each(Object.entries(valid))("accepts valid conversations of %s", (format, conversations) => {
  for (const messages of conversations)
    expect(findRuleFaults(format as Format, messages, { history: messages })).toEqual([]);
});

interface Breach {
  readonly rule: string;
  readonly messages: Messages;
  readonly options?: RuleOptions;
}

const strict = { alternate: true };

/** At least one breach of every rule. */
const breaches: readonly Breach[] = [
  { rule: "anthropic/first-is-user", messages: [answer, user] },
  { rule: "anthropic/call-answered", messages: [user, anthropicCall, user] },
  { rule: "anthropic/call-answered", messages: [user, anthropicCall, user, anthropicResult, answer] },
  { rule: "anthropic/result-has-call", messages: [user, answer, anthropicResult] },
  {
    rule: "anthropic/results-first",
    messages: [
      user,
      anthropicCall,
      { role: "user", content: [{ type: "text", text: "b" }, ...anthropicResult.content] },
    ],
  },
  {
    rule: "anthropic/call-ids-unique",
    messages: [user, anthropicCall, anthropicResult, anthropicCall, anthropicResult],
  },
  {
    rule: "anthropic/one-result",
    messages: [
      user,
      anthropicCall,
      { role: "user", content: [...anthropicResult.content, ...anthropicResult.content] },
    ],
  },
  {
    rule: "anthropic/text-visible",
    messages: [user, { role: "assistant", content: [{ type: "text", text: "\n\n" }] }, user],
  },
  { rule: "anthropic/content-not-empty", messages: [user, { role: "assistant", content: [] }, user] },
  { rule: "anthropic/content-not-empty", messages: [{ role: "user", content: "" }] },
  {
    rule: "anthropic/thinking-first",
    messages: [user, { role: "assistant", content: [...anthropicCall.content, thinking] }, anthropicResult],
  },
  {
    rule: "anthropic/thinking-unchanged",
    messages: [user, anthropicCall, anthropicResult],
    options: { history: [user, thought, anthropicResult] },
  },
  {
    rule: "anthropic/thinking-unchanged",
    messages: [user, { role: "assistant", content: [{ ...thinking, thinking: "h" }] }, user],
    options: { history: [user, { role: "assistant", content: [thinking] }, user] },
  },
  { rule: "anthropic/no-trailing-space", messages: [user, { role: "assistant", content: "{ " }] },
  {
    rule: "anthropic/cache-marks",
    messages: [marked, answer, marked, answer, marked, answer, marked, answer, marked],
  },
  {
    rule: "anthropic/server-result-has-call",
    messages: [user, { role: "assistant", content: [executed] }, user],
  },
  {
    rule: "anthropic/server-call-answered",
    messages: [user, { role: "assistant", content: [execution] }, user],
  },
  {
    rule: "anthropic/programs",
    messages: [user, { role: "assistant", content: program.content.slice(1) }, anthropicResult],
  },
  {
    rule: "anthropic/programs",
    messages: [
      user,
      program,
      { role: "user", content: [...anthropicResult.content, { type: "text", text: "b" }] },
      { role: "assistant", content: [executed] },
    ],
  },
  { rule: "anthropic/system-place", messages: [user, answer, note, user] },
  { rule: "anthropic/system-place", messages: [note, user] },
  {
    rule: "anthropic/compaction-kept",
    messages: [user, answer],
    options: { history: [user, compaction, user, answer] },
  },
  { rule: "anthropic/alternate", messages: [user, user, answer], options: strict },
  { rule: "openai-chat/call-answered", messages: [user, chatCall, user] },
  { rule: "openai-chat/call-answered", messages: [user, chatCall, user, chatResult] },
  { rule: "openai-chat/result-has-call", messages: [user, chatResult, user] },
  { rule: "openai-chat/one-result", messages: [user, chatCall, chatResult, chatResult] },
  { rule: "openai-chat/content-not-empty", messages: [user, { role: "assistant", content: null }] },
  { rule: "openai-chat/content-not-empty", messages: [{ role: "user", content: [] }] },
  { rule: "openai-chat/calls-not-empty", messages: [user, { ...answer, tool_calls: [] }] },
  {
    rule: "openai-chat/reasoning-kept",
    messages: [user, chatCall, chatResult],
    options: { history: [user, { ...chatCall, reasoning_content: "hm" }, chatResult] },
  },
  { rule: "openai-chat/first-is-user", messages: [answer, user], options: strict },
  { rule: "openai-chat/alternate", messages: [user, answer, answer], options: strict },
  { rule: "openai-responses/call-answered", messages: [user, item, user] },
  { rule: "openai-responses/output-has-call", messages: [user, output] },
  { rule: "openai-responses/one-output", messages: [user, item, output, output] },
  { rule: "openai-responses/item-ids-unique", messages: [user, item, output, item] },
  { rule: "openai-responses/reasoning-followed", messages: [user, reasoning, user] },
  {
    rule: "openai-responses/item-has-reasoning",
    messages: [user, item, output],
    options: { history: [user, reasoning, item, output] },
  },
  {
    rule: "openai-responses/approval-has-request",
    messages: [user, { type: "mcp_approval_response", approval_request_id: "q", approve: true }],
  },
  {
    rule: "openai-responses/compaction-kept",
    messages: [user],
    options: { history: [user, { type: "compaction", encrypted_content: "x" }, user] },
  },
  { rule: "openai-responses/content-not-empty", messages: [{ role: "user", content: [] }] },
  { rule: "openai-responses/alternate", messages: [user, user], options: strict },
  { rule: "ai-sdk/call-answered", messages: [user, sdkCall, user] },
  { rule: "ai-sdk/result-has-call", messages: [user, sdkResult, user] },
  {
    rule: "ai-sdk/one-result",
    messages: [user, sdkCall, { role: "tool", content: [...sdkResult.content, ...sdkResult.content] }],
  },
  { rule: "ai-sdk/approvals", messages: [user, { role: "tool", content: [sdkResponse] }] },
  {
    rule: "ai-sdk/approvals",
    messages: [user, { role: "assistant", content: [sdkRequest] }, { role: "tool", content: [sdkResponse] }],
  },
  {
    rule: "ai-sdk/server-result-has-call",
    messages: [user, { role: "assistant", content: sdkResult.content }],
  },
  {
    rule: "ai-sdk/server-call-answered",
    messages: [
      user,
      { role: "assistant", content: sdkCall.content.map((part) => ({ ...part, providerExecuted: true })) },
      user,
    ],
  },
  { rule: "ai-sdk/text-visible", messages: [{ role: "user", content: [{ type: "text", text: " " }] }] },
  { rule: "ai-sdk/content-not-empty", messages: [user, { role: "assistant", content: [] }] },
  { rule: "ai-sdk/first-is-user", messages: [answer, user] },
  { rule: "ai-sdk/roles", messages: [user, sdkCall, { role: "user", content: sdkResult.content }] },
  { rule: "ai-sdk/alternate", messages: [user, user], options: strict },
];

describe("findRuleFaults", () => {
  test.each(breaches)("finds the breach of $rule", ({ rule, messages, options = {} }) => {
    const format = rule.slice(0, rule.indexOf("/")) as Format;
    const found = findRuleFaults(format, messages, options).map((fault) => fault.rule);
    expect(found).toContain(rule);
  });

  test("has a breach for every rule, and a source for each", () => {
    const formats = ["anthropic", "openai-chat", "openai-responses", "ai-sdk"] as const;
    const rules = formats.flatMap((format) => listRules(format));
    expect(new Set(breaches.map(({ rule }) => rule))).toEqual(new Set(rules.map(({ id }) => id)));
    for (const { source, sentence } of rules) {
      expect(source).toMatch(/^https:\/\//);
      expect(sentence).toMatch(/\.$/);
    }
  });
});
