import { array, assert, constantFrom, jsonValue, oneof, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../shared/errors.ts";
import { readConversations } from "../conversation/read/read-conversation.ts";
import { block, call, line, result, text, user } from "./claude-code.fixture.ts";
import { toLines } from "./shared-cases.fixture.ts";

const at = "2026-01-02T03:04:05.000Z";
const message = (role: string): object => ({
  type: "message",
  role,
  content: [{ type: "input_text", text: "go" }],
});
const usage = { input_tokens: 5, cached_input_tokens: 1, output_tokens: 2 };
const functionCall = { functionCall: { id: "c", name: "f", args: {} } };

/** One small session of each agent, as its lines. */
const sessions: Readonly<Record<string, readonly object[]>> = {
  "claude-code": [
    { type: "summary", summary: "x", leafUuid: "u4" },
    user("u1", null, "go"),
    { ...line("a1", "u1", "attachment", {}), rendered: [{ content: "hint" }], renderedRole: "user" },
    { type: "api-request-shape", shape: { system: [text("s")], tools: [] } },
    block("u2", "a1", "m1", text("hm")),
    block("u3", "u2", "m1", call("c")),
    user("r1", "u3", [result("c")]),
    { ...line("b1", "r1", "system", {}), subtype: "compact_boundary", logicalParentUuid: "r1" },
    line("s1", null, "user", { role: "user", content: "task" }, { isSidechain: true }),
  ],
  codex: [
    {
      timestamp: at,
      type: "session_meta",
      payload: { id: "t", cwd: "/w", base_instructions: { text: "s" } },
    },
    { timestamp: at, type: "response_item", payload: message("user") },
    { timestamp: at, type: "compacted", payload: { message: "m", replacement_history: [message("user")] } },
    { timestamp: at, type: "event_msg", payload: { type: "token_count", info: { last_token_usage: usage } } },
    { timestamp: at, type: "event_msg", payload: { type: "thread_rolled_back", num_turns: 1 } },
    {
      timestamp: at,
      type: "response_item",
      payload: { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
    },
  ],
  opencode: [
    {
      info: { id: "s", title: "t", revert: { messageID: "m9" } },
      messages: [
        {
          info: { id: "m1", role: "user" },
          parts: [
            { type: "text", text: "go" },
            { type: "file", mime: "image/png", url: "u" },
          ],
        },
        {
          info: { id: "m2", role: "assistant", tokens: { input: 1, output: 2, cache: { read: 3 } } },
          parts: [
            { type: "step-start" },
            {
              type: "tool",
              callID: "c",
              tool: "f",
              state: { status: "completed", input: {}, output: "o", attachments: [] },
            },
          ],
        },
      ],
    },
  ],
  cline: [
    {
      role: "user",
      content: [text("go"), { type: "image", data: "AA==", mediaType: "image/png" }],
      ts: 1_767_323_045_000,
    },
    {
      role: "assistant",
      content: [text("ok")],
      ts: 1_767_323_045_001,
      metrics: { tokens: { prompt: 1 } },
      modelInfo: { id: "m" },
    },
    {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: "c", content: [{ query: "q" }] }],
      ts: 1_767_323_045_002,
    },
  ],
  "gemini-cli": [
    { sessionId: "g", projectHash: "p", messages: [{ id: "0", type: "user", content: "hi" }] },
    { id: "1", timestamp: at, type: "user", content: [{ text: "go" }] },
    {
      id: "2",
      timestamp: at,
      type: "gemini",
      content: "",
      thoughts: [{ subject: "s" }],
      toolCalls: [{ id: "c", name: "f", args: {}, result: "r" }],
      tokens: { input: 1 },
    },
    { $set: { summary: "x", directories: ["/w"] } },
    { $rewindTo: "2" },
  ],
  "qwen-code": [
    {
      uuid: "a",
      parentUuid: null,
      sessionId: "q",
      timestamp: at,
      type: "user",
      message: { role: "user", parts: [{ text: "go" }] },
    },
    {
      uuid: "b",
      parentUuid: "a",
      sessionId: "q",
      type: "assistant",
      message: { role: "model", parts: [functionCall] },
      usageMetadata: { promptTokenCount: 1 },
    },
  ],
  "mini-swe-agent": [
    {
      info: { mini_version: "2", config: { model: { model_name: "m" } } },
      trajectory_format: "mini-swe-agent-1.1",
      messages: [
        { role: "user", content: "go", extra: {} },
        {
          object: "response",
          output: [{ type: "reasoning", summary: [] }],
          usage: { input_tokens: 1 },
          extra: { timestamp: 1 },
        },
        { role: "assistant", content: "ok", extra: { response: { usage: { prompt_tokens: 1 } } } },
      ],
    },
  ],
};

/** Returns the paths of all values in a value. */
function listPaths(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => listPaths(inner, [...path, key]))];
}

/** Returns a copy of a value with the value at a path replaced, or removed if it is undefined. */
function replaceAt(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((inner: unknown, index) =>
      String(index) === key ? replaceAt(inner, rest, replacement) : inner,
    );
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [
    name,
    name === key ? replaceAt(inner, rest, replacement) : inner,
  ]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}

/** Reads an input; only an error of the table may come out. */
function readOrRefuse(input: string | Uint8Array): number {
  try {
    return readConversations(input).length;
  } catch (error) {
    expect(isLoadlineError(error), String(error)).toBe(true);
    return 0;
  }
}

describe.each(Object.entries(sessions))("a session of %s", (agent, lines) => {
  test("is read as it is", () => {
    expect(readConversations(toLines(lines))[0]?.session?.agent).toBe(agent);
  });

  test("is read or refused with any value replaced, removed or of another type", () => {
    const paths = lines.flatMap((value, index) => listPaths(value).map((path) => [String(index), ...path]));
    const values = oneof(
      jsonValue({ maxDepth: 2 }),
      constantFrom(undefined, null, "__proto__", "u1", [], {}, -1, 1e300),
    );
    assert(
      property(array(tuple(constantFrom(...paths), values), { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = changes.reduce<unknown>(
          (value, [path, replacement]) => replaceAt(value, path, replacement),
          lines,
        );
        const list = Array.isArray(changed) ? changed : [changed];
        readOrRefuse(list.map((value) => JSON.stringify(value) ?? "").join("\n"));
      }),
      { numRuns: 200, seed: 13 },
    );
  });

  test("is read or refused when it is cut at any byte", () => {
    const bytes = new TextEncoder().encode(toLines(lines));
    for (let end = 1; end < bytes.length; end += 3) readOrRefuse(bytes.subarray(0, end));
  });
});
