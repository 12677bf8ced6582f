import { expect, test } from "vitest";
import { detectFormat } from "./detect-format.ts";

const plain = [
  { role: "user", content: "a" },
  { role: "assistant", content: "b" },
];
const block = (item: object): readonly object[] => [{ role: "assistant", content: [item] }];

test.each<[string, unknown, string | undefined]>([
  ["plain texts", plain, "openai-chat"],
  ["one plain message", plain[0], "openai-chat"],
  ["calls", [{ role: "assistant", tool_calls: [] }], "openai-chat"],
  ["a tool's text", [...plain, { role: "tool", content: "x", tool_call_id: "1" }], "openai-chat"],
  ["an image by address", block({ type: "image_url", image_url: { url: "x" } }), "openai-chat"],
  ["an image with a source", block({ type: "image", source: { type: "url", url: "x" } }), "anthropic"],
  ["an image of its own", block({ type: "image", image: "x" }), "ai-sdk"],
  ["tool_use", block({ type: "tool_use", id: "1" }), "anthropic"],
  ["cached text", block({ type: "text", text: "a", cache_control: { type: "ephemeral" } }), "anthropic"],
  ["tool-call", block({ type: "tool-call" }), "ai-sdk"],
  ["an AI SDK request", { messages: plain, tools: { f: {} } }, "ai-sdk"],
  ["a system next to plain texts", { messages: plain, system: "s" }, "anthropic"],
  ["tools with an input_schema", { messages: plain, tools: [{ name: "f", input_schema: {} }] }, "anthropic"],
  ["tools with a function", { messages: plain, tools: [{ type: "function" }] }, "openai-chat"],
  [
    "a system next to chat calls",
    { messages: [{ role: "assistant", tool_calls: [{}] }], system: "s" },
    "openai-chat",
  ],
  ["items", [{ type: "function_call", call_id: "1" }], "openai-responses"],
  [
    "items after a developer",
    [{ role: "developer", content: "a" }, { type: "reasoning" }],
    "openai-responses",
  ],
  ["input", { input: plain }, "openai-responses"],
  ["input that is a text", { input: "a", model: "m" }, "openai-responses"],
  ["input_text", block({ type: "input_text", text: "a" }), "openai-responses"],
  [
    "a response of Anthropic",
    { type: "message", role: "assistant", content: [{ type: "text", text: "a" }] },
    "anthropic",
  ],
  ["history", { history: plain }, "swe-agent"],
  ["a trajectory", { trajectory: [] }, "swe-agent"],
  [
    "action and thought",
    [...plain, { role: "assistant", content: "", action: "ls", thought: "" }],
    "swe-agent",
  ],
  ["traj", { traj: plain }, "openai-chat"],
  ["two formats mixed", [...block({ type: "tool_use" }), ...block({ type: "tool-call" })], undefined],
  ["something else", [{ a: 1 }], undefined],
  ["an empty list", [], undefined],
  ["a number", 5, undefined],
  ["null", null, undefined],
  ["a class of its own prototype", JSON.parse('{"__proto__":{"role":"user","content":"x"}}'), undefined],
])("detectFormat finds the format of %s", (_name, value, format) => {
  expect(detectFormat(value)).toBe(format);
});
