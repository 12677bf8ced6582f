import { describe, expect, test } from "vitest";
import { detectFormat, detectListFormat } from "./detect-format.ts";

const plain = [
  { role: "user", content: "a" },
  { role: "assistant", content: "b" },
];
const block = (item: object): readonly object[] => [{ role: "assistant", content: [item] }];
const marked = { type: "text", text: "a", cache_control: { type: "ephemeral" } };
const call = { id: "1", type: "function", function: { name: "f", arguments: "{}" } };
const called = { role: "assistant", content: null, tool_calls: [call] };
const thinking = { type: "thinking", thinking: "hm", signature: "s" };

test.each<[string, unknown, string | undefined]>([
  ["plain texts", plain, "openai-chat"],
  ["one plain message", plain[0], "openai-chat"],
  ["calls", [{ role: "assistant", tool_calls: [] }], "openai-chat"],
  ["a tool's text", [...plain, { role: "tool", content: "x", tool_call_id: "1" }], "openai-chat"],
  ["an image by address", block({ type: "image_url", image_url: { url: "x" } }), "openai-chat"],
  ["an image with a source", block({ type: "image", source: { type: "url", url: "x" } }), "anthropic"],
  ["an image of its own", block({ type: "image", image: "x" }), "ai-sdk"],
  ["tool_use", block({ type: "tool_use", id: "1" }), "anthropic"],
  ["cached text, which is not a sign", block(marked), "openai-chat"],
  ["cached text next to calls", [...block(marked), called], "openai-chat"],
  ["cached text next to tool_use", [...block(marked), ...block({ type: "tool_use", id: "1" })], "anthropic"],
  ["a tool result of cached texts", [{ role: "tool", tool_call_id: "1", content: [marked] }], "openai-chat"],
  ["thinking", block(thinking), "anthropic"],
  ["thinking next to calls", [...block(thinking), called], "openai-chat"],
  ["thinking in a message that calls", [{ ...called, content: [thinking] }], "openai-chat"],
  ["thinking that is a list", block({ type: "thinking", thinking: [] }), "openai-chat"],
  ["tool-call", block({ type: "tool-call" }), "ai-sdk"],
  ["items", [{ type: "function_call", call_id: "1" }], "openai-responses"],
  [
    "items after a developer",
    [{ role: "developer", content: "a" }, { type: "reasoning" }],
    "openai-responses",
  ],
  ["input_text", block({ type: "input_text", text: "a" }), "openai-responses"],
  [
    "a response of Anthropic",
    { type: "message", role: "assistant", content: [{ type: "text", text: "a" }] },
    "anthropic",
  ],
  [
    "action and thought",
    [...plain, { role: "assistant", content: "", action: "ls", thought: "" }],
    "swe-agent",
  ],
  ["two formats mixed", [...block({ type: "tool_use" }), ...block({ type: "tool-call" })], undefined],
  ["items of unknown types", [{ type: "person", content: "a" }, { type: "robot" }], undefined],
  ["unknown roles", [{ role: "wizard", content: "a" }], undefined],
  ["something else", [{ a: 1 }], undefined],
  ["an empty list", [], undefined],
  ["a number", 5, undefined],
  ["null", null, undefined],
  ["a class of its own prototype", JSON.parse('{"__proto__":{"role":"user","content":"x"}}'), undefined],
])("detectFormat finds the format of %s", (_name, value, format) => {
  expect(detectFormat(value)).toBe(format);
});

describe("the fields of a request", () => {
  test.each<[string, object, string]>([
    ["tools that are an object", { messages: plain, tools: { f: {} } }, "ai-sdk"],
    ["a system next to plain texts", { messages: plain, system: "s" }, "anthropic"],
    [
      "tools with an input_schema",
      { messages: plain, tools: [{ name: "f", input_schema: {} }] },
      "anthropic",
    ],
    [
      "tools with a function",
      { messages: plain, tools: [{ type: "function", function: {} }] },
      "openai-chat",
    ],
    [
      "tools with a function next to thinking, as a router sends it",
      { messages: block(thinking), tools: [{ type: "function", function: {} }] },
      "openai-chat",
    ],
    ["flat functions", { messages: plain, tools: [{ type: "function", name: "f" }] }, "openai-responses"],
    ["a system next to calls", { messages: [called], system: "s" }, "openai-chat"],
    ["input", { input: plain }, "openai-responses"],
    ["input that is a text", { input: "a", model: "m" }, "openai-responses"],
    ["history", { history: plain }, "swe-agent"],
    ["history with calls", { history: [called] }, "swe-agent"],
    ["history with tool_use", { history: block({ type: "tool_use" }) }, "anthropic"],
    ["a trajectory", { trajectory: [] }, "swe-agent"],
    ["traj", { traj: plain }, "openai-chat"],
    ["Claude with max_tokens", { messages: plain, model: "claude-x", max_tokens: 9 }, "anthropic"],
    ["Claude of a router", { messages: plain, model: "anthropic/claude-x", max_tokens: 9 }, "openai-chat"],
    [
      "Claude with max_tokens and a system message first",
      { messages: [{ role: "system", content: "s" }, ...plain], model: "claude-x", max_tokens: 9 },
      "openai-chat",
    ],
  ])("detectFormat reads %s as signs", (_name, request, format) => {
    expect(detectFormat(request)).toBe(format);
  });
});

describe("detectListFormat says whether a sign settles the format", () => {
  test.each<[string, readonly object[], Parameters<typeof detectListFormat>[1], boolean]>([
    ["plain texts", plain, undefined, false],
    ["cached texts", block(marked), undefined, false],
    ["Claude with max_tokens", plain, { model: "claude-x", max_tokens: 9 }, false],
    ["no messages", [], undefined, false],
    ["calls", [called], undefined, true],
    ["thinking", block(thinking), undefined, true],
    ["a request's own system", plain, { system: "s" }, true],
  ])("for %s", (_name, messages, request, settled) => {
    expect(detectListFormat(messages, request)?.settled).toBe(settled);
  });
});

/** Every block type that Anthropic publishes for requests and answers, except `text`. */
const anthropicBlocks: readonly object[] = [
  { type: "image", source: { type: "base64", media_type: "image/png", data: "" } },
  { type: "document", source: { type: "text", media_type: "text/plain", data: "a" } },
  { type: "thinking", thinking: "a", signature: "s" },
  { type: "redacted_thinking", data: "x" },
  ...[
    "tool_use",
    "tool_result",
    "server_tool_use",
    "mcp_tool_use",
    "mcp_tool_result",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "advisor_tool_result",
    "container_upload",
    "search_result",
    "compaction",
    "fallback",
    "tool_addition",
    "tool_removal",
  ].map((type) => ({ type })),
  { type: "newer_tool_result", tool_use_id: "srvtoolu_1", content: [] },
  { type: "newer_tool_use", id: "srvtoolu_1", name: "x", input: {} },
];

test.each(anthropicBlocks.map((item) => [JSON.stringify(item), item] as const))(
  "detectListFormat settles Anthropic by the block %s alone",
  (_json, item) => {
    expect(detectListFormat([plain[0], ...block(item)])).toMatchObject({
      format: "anthropic",
      settled: true,
    });
  },
);
