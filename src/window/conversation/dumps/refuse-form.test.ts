import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../../shared/errors.ts";
import { readConversation, readConversations } from "../read/read-conversation.ts";
import { outline } from "./outline.fixture.ts";
import { refusedForms } from "./refused-forms.ts";

function refusal(input: string | Uint8Array): string {
  try {
    readConversation(input);
  } catch (error) {
    if (isLoadlineError(error, "unknown-format")) return error.message;
    throw error;
  }
  throw new Error("was read");
}

const lines = (...values: readonly object[]): string =>
  values.map((value) => JSON.stringify(value)).join("\n");
const text = [{ type: "text", text: "a" }];

/** Inputs of each form, made by hand: the name in the error, and inputs. */
const inputs: readonly (readonly [string, readonly string[]])[] = [
  [
    "a session of pi",
    [
      lines(
        { type: "session", version: 3, id: "s", timestamp: "2026-01-02T03:04:05Z", cwd: "/w" },
        { type: "message", id: "1", parentId: null, message: { role: "user", content: "a" } },
      ),
      lines(
        { type: "session", id: "s", cwd: "/w" },
        { type: "model_change", id: "1", provider: "x", modelId: "m" },
      ),
      lines(
        { type: "message", message: { role: "user", content: text }, id: "1", parentId: "0" },
        { type: "message", message: { role: "toolResult", toolCallId: "c", content: text } },
      ),
    ],
  ],
  [
    "OpenHands events",
    [
      JSON.stringify([{ id: 0, source: "user", action: "message", args: { content: "a" } }]),
      lines(
        { id: 1, source: "agent", action: "run", args: {} },
        { id: 2, source: "environment", observation: "run" },
      ),
      JSON.stringify([
        { kind: "MessageEvent", source: "user", llm_message: { role: "user", content: text } },
      ]),
    ],
  ],
  [
    "an AgentBench run",
    [
      lines({ index: 0, output: { status: "completed", history: [{ role: "user", content: "a" }] } }),
      JSON.stringify([
        { role: "user", content: "a" },
        { role: "agent", content: "b" },
      ]),
      JSON.stringify([{ index: 3, error: null, output: { history: [{ role: "agent", content: "b" }] } }]),
    ],
  ],
  [
    "messages of an Assistants thread",
    [
      JSON.stringify({ object: "list", data: [{ object: "thread.message", role: "user", content: [] }] }),
      JSON.stringify([
        { object: "thread.message", role: "user", content: [{ type: "text", text: { value: "a" } }] },
      ]),
      lines({ object: "thread.run.step", id: "1" }),
    ],
  ],
  [
    "chunks of a streamed response",
    [
      lines(
        { object: "chat.completion.chunk", choices: [] },
        { object: "chat.completion.chunk", choices: [] },
      ),
      lines({ type: "message_start", message: {} }, { type: "content_block_delta", index: 0 }),
      lines({ type: "response.created", response: {} }),
    ],
  ],
  [
    "rows of instruction data (Alpaca)",
    [
      JSON.stringify([{ instruction: "a", input: "b", output: "c" }]),
      lines({ instruction: "a", output: "c" }),
      JSON.stringify({ instruction: "a", input: "", output: "c" }),
    ],
  ],
  ["preference pairs", [lines({ prompt: "a", chosen: "b", rejected: "c" })]],
  [
    "pairs of prompt and completion",
    [lines({ prompt: "a", completion: "b" }, { prompt: "c", completion: "d" })],
  ],
  ["an OpenTelemetry trace", [JSON.stringify({ resourceSpans: [] })]],
  ["a LangSmith run", [JSON.stringify({ run_type: "llm", inputs: { x: 1 }, outputs: {} })]],
  [
    "LlamaIndex messages",
    [JSON.stringify([{ role: "user", additional_kwargs: {}, blocks: [{ block_type: "text", text: "a" }] }])],
  ],
  [
    "Pydantic AI messages",
    [JSON.stringify([{ kind: "request", parts: [{ part_kind: "user-prompt", content: "a" }] }])],
  ],
  [
    "AutoGen messages",
    [JSON.stringify([{ source: "user", models_usage: null, content: "a", type: "TextMessage" }])],
  ],
  ["Letta messages", [JSON.stringify([{ id: "1", message_type: "user_message", content: "a" }])]],
  [
    "events of Google's Agent Development Kit",
    [JSON.stringify([{ author: "user", content: { role: "user", parts: [{ text: "a" }] } }])],
  ],
  ["a prompt of Google AI Studio", [JSON.stringify({ runSettings: {}, chunkedPrompt: { chunks: [] } })]],
  ["a chat of GitHub Copilot", [JSON.stringify({ responderUsername: "x", requests: [{ message: {} }] })]],
  ["a Slack export", [JSON.stringify([{ type: "message", user: "U1", text: "a", ts: "1700000000.1" }])]],
  ["a Jupyter notebook", [JSON.stringify({ cells: [], nbformat: 4 })]],
  [
    "a request for embeddings, speech or moderation",
    [
      JSON.stringify({ model: "text-embedding-3-small", input: "a" }),
      JSON.stringify({ model: "own", input: ["a", "b"], encoding_format: "float" }),
      JSON.stringify({ model: "gpt-4o-mini-tts", input: "a", voice: "alloy" }),
      lines({ model: "omni-moderation-latest", input: "a" }),
    ],
  ],
  [
    "the output of claude -p",
    [
      lines(
        { type: "system", subtype: "init", session_id: "s", tools: ["Bash"] },
        { type: "assistant", message: { role: "assistant", content: text }, session_id: "s" },
      ),
      JSON.stringify([{ type: "system", subtype: "init", session_id: "s" }]),
    ],
  ],
  [
    "the output of codex exec",
    [
      lines(
        { type: "thread.started", thread_id: "t" },
        { type: "item.completed", item: { type: "agent_message", text: "a" } },
      ),
    ],
  ],
  [
    "Haystack messages",
    [
      JSON.stringify([{ role: "user", meta: {}, name: null, content: [{ text: "a" }] }]),
      JSON.stringify([{ role: "assistant", meta: {}, name: null, content: [{ tool_call: { id: "c" } }] }]),
    ],
  ],
];

describe("forms that are known and not read", () => {
  test("each has inputs here", () => {
    expect(inputs.map(([name]) => name)).toEqual(refusedForms.map((form) => form.name));
  });

  test.each(inputs.flatMap(([name, texts]) => texts.map((input) => [name, input] as const)))(
    "refuses %s by name, with what to do: %s",
    (name, input) => {
      const advice = refusedForms.find((form) => form.name === name)?.advice ?? "";
      expect(advice.length).toBeGreaterThan(10);
      expect(refusal(input)).toBe(`input: got ${name}, a form that is not read; ${advice}`);
    },
  );

  test("refuses any other object by its fields", () => {
    expect(refusal('{"temperature":20,"city":"Oslo"}')).toBe(
      "input: got an object with temperature, city, allowed: a list of messages, a request with messages or input, a .traj object, or JSON lines of messages",
    );
    expect(refusal('[{"name":"Oslo"},{"name":"Bergen"}]')).toMatch(
      /^format: got nothing that looks like a message; message 0 \(offset 1\) is an object with name, allowed: openai-chat, /,
    );
  });
});

const wanted = "JSON, JSON lines or a .traj file of a conversation";

describe("texts that are not JSON", () => {
  test.each([
    ["# aider chat started at 2026-01-02 03:04:05\n\n#### which port?\n", "aider's chat history (Markdown)"],
    ["\n\n# aider chat started at 2026-01-02\n> aider\n", "aider's chat history (Markdown)"],
    ["# Chat\n\n**User:** a\n", "Markdown"],
    ["**You:** a\n\n**Bot:** b\n", "Markdown"],
    ["role,content\nuser,a\n", "CSV"],
    ["role;content\nuser;a\n", "CSV"],
    ['"role","content"\n"user","a"\n', "CSV"],
    ["role\tcontent\nuser\ta\n", "a table separated by tabs"],
    ["messages:\n  - role: user\n", "YAML"],
    ["---\nrole: user\n", "YAML"],
    ["- role: user\n  content: a\n", "YAML"],
    ["- role: user\r\n  content: a\r\n", "YAML"],
    ["- note: buy milk\n- note: and tea\n", "Markdown"],
    ["12/01/2025, 10:00 - Ann: a\n12/01/2025, 10:01 - Bob: b\n", "a chat exported as text"],
    ["[12.01.25, 10:00:01] Ann: a\n[12.01.25, 10:01:01] Bob: b\n", "a chat exported as text"],
    ["<!DOCTYPE html><p>a</p>", "a page (HTML or XML)"],
    ['data: {"choices":[]}\n\ndata: [DONE]\n', "a stream of server-sent events"],
    ["event: message_start\ndata: {}\n", "a stream of server-sent events"],
    ["User: hello", 'plain text that begins with "User: hello"'],
    ["true story", 'plain text that begins with "true story"'],
    ["2026-01-02 hello there", 'plain text that begins with "2026-01-02 hello there"'],
  ])("refuses %j by name", (input, name) => {
    const message = refusal(input);
    expect(message.startsWith(`input: got ${name}, allowed: ${wanted}; `)).toBe(true);
  });

  test("refuses archives and databases by name", () => {
    const zip = new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0xff]);
    expect(refusal(zip)).toBe(
      `input: got a ZIP archive, allowed: ${wanted}; unpack it and read the conversations.json in it`,
    );
    expect(refusal(new TextEncoder().encode("SQLite format 3\u0000"))).toMatch(/got a SQLite database/);
    expect(refusal(new Uint8Array([0x1f, 0x8b, 8, 0]))).toMatch(/got a gzip archive, .*unpack it first/);
  });

  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d];
  test.each([
    ["PNG", png],
    ["JPEG", [0xff, 0xd8, 0xff, 0xe0, 0, 0x10]],
    ["GIF", [...new TextEncoder().encode("GIF89a")]],
    ["WebP", [...new TextEncoder().encode("RIFF"), 0, 1, 2, 0xff, ...new TextEncoder().encode("WEBP")]],
  ])("refuses a %s as an image", (_name, bytes) => {
    expect(refusal(new Uint8Array(bytes))).toMatch(/got an image, .*; give the conversation that holds it/);
  });

  const chat = '[{"role":"user","content":"a"}]';
  const utf16 = (value: string): readonly number[] =>
    [...value].flatMap((letter) => [letter.charCodeAt(0), 0]);
  test.each([
    ["UTF-16, little end first", [0xff, 0xfe, ...utf16(chat)]],
    ["UTF-16, big end first", [0xfe, 0xff, 0, ...utf16(chat)]],
    ["UTF-16 without a mark", utf16(chat)],
    ["UTF-16 without a mark, big end first", [0, ...utf16(chat).slice(0, -1)]],
    ["UTF-32", [0xff, 0xfe, 0, 0, ...utf16(chat).flatMap((byte, at) => (at % 2 ? [byte, 0, 0] : [byte]))]],
  ])("refuses %s and says how to convert it", (_name, bytes) => {
    expect(refusal(new Uint8Array(bytes))).toMatch(/got text in UTF-(?:16|32), .*; save it as UTF-8/);
  });
});

describe("LangGraph's states", () => {
  const messages = [
    { type: "human", content: "a" },
    { type: "ai", content: "b" },
  ];
  test.each([
    ["a thread's state", { values: { messages }, next: [] }],
    ["a checkpoint", { channel_values: { messages }, v: 1 }],
    ["a stored checkpoint", { config: {}, checkpoint: { channel_values: { messages } } }],
    ["a history, newest first", [{ values: { messages } }, { values: { messages: messages.slice(0, 1) } }]],
  ])("reads the messages of %s", (_name, value) => {
    const [found, ...others] = readConversations(JSON.stringify(value));
    expect(others).toEqual([]);
    expect(found === undefined ? [] : outline(found)).toEqual(["user: text a", "assistant: text b"]);
  });
});
