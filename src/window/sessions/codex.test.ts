import { describe, expect, test } from "vitest";
import { checkPairs } from "../conversation/read/check-pairs.ts";
import { readCase, readOne, sayIt, toLines } from "./shared-cases.fixture.ts";

const at = "2026-01-02T03:04:05.000Z";
const line = (type: string, payload: object): object => ({ timestamp: at, type, payload });
const meta = (more: object = {}): object =>
  line("session_meta", {
    id: "th_1",
    cwd: "/home/ann/shop",
    cli_version: "0.171.0",
    base_instructions: { text: 'Be "brief".' },
    ...more,
  });
const words = (role: string, text: string): object => ({
  type: "message",
  role,
  content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
});
const item = (payload: object): object => line("response_item", payload);
const tokens = (input: number, cached: number, output: number): object =>
  line("event_msg", {
    type: "token_count",
    info: { last_token_usage: { input_tokens: input, cached_input_tokens: cached, output_tokens: output } },
  });

const nine = readCase("09-codex-rollout.jsonl");
test.skipIf(nine === undefined)("09: five items, cut from their envelopes", () => {
  const found = readOne(nine ?? "");
  expect(found.messages.map(sayIt)).toEqual([
    "user | text:Which port?",
    "assistant | reasoning:look",
    'assistant | tool-call:{"command":["grep","port"]}',
    'tool | tool-result:{"output":"port 8443","metadata":{"exit_code":0}}',
    "assistant | text:8443",
  ]);
  expect(found.messages.every((message) => nine?.includes(`"payload":${message.json}}`))).toBe(true);
  expect(found.messages.map((message) => message.usage)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(found.messages[3]?.time).toBe(Date.UTC(2026, 0, 2, 3, 4, 8));
  expect(found.format).toBe("openai-responses");
  expect(found.session).toMatchObject({
    agent: "codex",
    id: "s",
    folder: "/w",
    title: "Which port?",
    compactions: [],
  });
  expect(checkPairs(found.messages).size).toBe(0);
});

describe("Codex's rollout", () => {
  test("gives instructions, model, title and the usage of each call", () => {
    const found = readOne(
      toLines([
        meta(),
        line("turn_context", { cwd: "/home/ann/shop", model: "gpt-5.5-codex" }),
        item(words("developer", "<permissions instructions>…</permissions instructions>")),
        item(words("user", "<environment_context>\n<cwd>/home/ann/shop</cwd>\n</environment_context>")),
        item(words("user", "Fix the tests")),
        line("event_msg", { type: "user_message", message: "Fix the tests" }),
        item({ type: "custom_tool_call", call_id: "c1", name: "apply_patch", input: "*** Begin Patch" }),
        tokens(1000, 400, 50),
        item({ type: "custom_tool_call_output", call_id: "c1", output: "Done" }),
        item({ type: "ghost_snapshot", ghost_commit: { id: "x" } }),
        item(words("assistant", "Fixed.")),
        tokens(1100, 1000, 9),
      ]),
    );
    expect(found.messages.map((message) => message.role)).toEqual([
      "system",
      "user",
      "user",
      "assistant",
      "tool",
      "assistant",
    ]);
    expect(found).toMatchObject({ model: "gpt-5.5-codex", frame: { system: '"Be \\"brief\\"."' } });
    expect(found.session?.title).toBe("Fix the tests");
    expect(found.messages.map((message) => message.usage?.inputTokens)).toEqual([
      undefined,
      undefined,
      undefined,
      1000,
      undefined,
      1100,
    ]);
    expect(found.messages[5]?.usage).toEqual({ inputTokens: 1100, cachedInputTokens: 1000, outputTokens: 9 });
  });

  test("keeps both sides of a compaction, and repeats nothing", () => {
    const first = words("user", "start");
    const summary = words("user", "Summary: the port is 8443");
    const found = readOne(
      toLines([
        meta(),
        item(first),
        item(words("assistant", "ready")),
        line("compacted", { message: "", replacement_history: [first, summary] }),
        item(words("assistant", "going on")),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:start",
      "assistant | text:ready",
      "user | text:Summary: the port is 8443",
      "assistant | text:going on",
    ]);
    expect(found.session?.compactions).toEqual([2]);
    // Older releases state the summary alone.
    const older = readOne(
      toLines([
        meta(),
        item(first),
        line("compacted", { message: 'It is "8443"' }),
        item(words("user", "next")),
      ]),
    );
    expect(older.messages.map(sayIt)).toEqual([
      "user | text:start",
      'user | text:It is "8443"',
      "user | text:next",
    ]);
    expect(older.session?.compactions).toEqual([1]);
  });

  test("leaves out the turns that the user took back", () => {
    const found = readOne(
      toLines([
        meta(),
        item(words("user", "one")),
        item(words("assistant", "1")),
        item(words("user", "two")),
        item(words("assistant", "2")),
        line("event_msg", { type: "thread_rolled_back", num_turns: 1 }),
        item(words("user", "three")),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual(["user | text:one", "assistant | text:1", "user | text:three"]);
    expect(found.session?.notes).toEqual(["left out: 2 items that the user took back"]);
  });

  test("reads the older forms without envelopes", () => {
    const call = { type: "function_call", call_id: "c", name: "shell", arguments: "{}" };
    const lines = toLines([
      { id: "old-1", timestamp: at, instructions: null, git: {} },
      { record_type: "state" },
      words("user", "hi"),
      call,
      { record_type: "state" },
      { type: "function_call_output", call_id: "c", output: "ok" },
    ]);
    const found = readOne(lines);
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:hi",
      "assistant | tool-call:{}",
      "tool | tool-result:ok",
    ]);
    expect(found.session).toMatchObject({ agent: "codex", id: "old-1" });
    const oldest = readOne(
      JSON.stringify({
        session: { id: "old-0", timestamp: at, instructions: "" },
        items: [words("user", "hi"), call],
      }),
    );
    expect(oldest.messages).toHaveLength(2);
    expect(oldest.session?.id).toBe("old-0");
  });

  test("reads what newer releases add: other lines, usage of its own, members that are not sent", () => {
    const passed = { internal_chat_message_metadata_passthrough: { turn_id: "t1" } };
    const usage = { input_tokens: 900, cached_input_tokens: 300, output_tokens: 4 };
    const found = readOne(
      toLines([
        meta(),
        line("world_state", { full: true, state: { shell: "bash" } }),
        item({ ...words("user", "go"), ...passed }),
        item({ type: "function_call", call_id: "c", name: "exec_command", arguments: "{}", ...passed }),
        line("token_usage_record", { usage }),
        item({ type: "function_call_output", call_id: "c", output: "ok", ...passed }),
      ]),
    );
    expect(found.messages.map((message) => message.json)).toEqual([
      JSON.stringify(words("user", "go")),
      '{"type":"function_call","call_id":"c","name":"exec_command","arguments":"{}"}',
      '{"type":"function_call_output","call_id":"c","output":"ok"}',
    ]);
    expect(found.messages[1]?.usage).toEqual({ inputTokens: 900, outputTokens: 4, cachedInputTokens: 300 });
  });

  test("names a sub-agent, tolerates a cut last line, refuses a file without items", () => {
    const source = { subagent: { thread_spawn: { parent_thread_id: "th_0", depth: 1 } } };
    const lines = toLines([meta({ source, agent_nickname: "Ada" }), item(words("user", "task"))]);
    const found = readOne(`${lines}{"timestamp":"2026-`);
    expect(found.session?.sidechain).toBe("Ada");
    expect(found.session?.notes[0]).toContain("line 3, the last one, which is cut off");
    expect(() => readOne(toLines([meta(), line("event_msg", { type: "task_started" })]))).toThrow(
      /rollout of Codex without messages/,
    );
  });
});
