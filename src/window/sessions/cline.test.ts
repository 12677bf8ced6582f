import { describe, expect, test } from "vitest";
import { readCase, readOne, sayIt } from "./shared-cases.fixture.ts";

const ts = 1_767_323_045_000;
const text = (words: string): object => ({ type: "text", text: words });

const eleven = readCase("11-cline-api-history.json");
test.skipIf(eleven === undefined)("11: three messages of Anthropic, with the time of each", () => {
  const found = readOne(eleven ?? "");
  expect(found.messages.map(sayIt)).toEqual([
    "user | text:<task>\nfix it\n</task> | text:<environment_details>\n# VSCode\n</environment_details>",
    "assistant | text:<read_file><path>a.ts</path></read_file>",
    "tool | tool-result:[read_file for 'a.ts'] Result: | tool-result:let a = 1",
  ]);
  expect(found.messages.map((message) => message.time)).toEqual([ts, ts + 1000, ts + 2000]);
  expect(found.messages.map((message) => message.usage)).toEqual([undefined, undefined, undefined]);
  expect(found.messages.some((message) => message.json.includes('"ts"'))).toBe(false);
  expect(found).toMatchObject({ format: "anthropic", session: { agent: "cline", title: "fix it" } });
  expect(found.converted).toBeUndefined();
});

describe("tasks of Cline and Roo Code", () => {
  test("cuts the client's members out of a message, and leaves all other bytes", () => {
    const content = '[{"type":"tool_use","id":"t1","name":"read","input":{"n":12345678901234567890}}]';
    const input = `[{"ts":${ts},"role":"user","content":"go"},{"role":"assistant","modelInfo":{"modelId":"claude-sonnet-4-5"},"content":${content},"metrics":{"tokens":{"prompt":120,"completion":7,"cached":100}},"ts":${ts + 1}}]`;
    const found = readOne(input);
    expect(found.messages.map((message) => message.json)).toEqual([
      '{"role":"user","content":"go"}',
      `{"role":"assistant","content":${content}}`,
    ]);
    expect(found.messages[1]?.usage).toEqual({ inputTokens: 120, outputTokens: 7, cachedInputTokens: 100 });
    expect(found.model).toBe("claude-sonnet-4-5");
  });

  test("marks Roo Code's condensed history, and leaves reasoning of another format out", () => {
    const found = readOne(
      JSON.stringify([
        { role: "user", content: [text("<task>\nport it\n</task>")], ts, condenseParent: "c1" },
        { type: "reasoning", role: "assistant", summary: [], encrypted_content: "gAAA", ts: ts + 1 },
        { role: "assistant", content: [text("ok")], ts: ts + 2, condenseParent: "c1" },
        {
          role: "user",
          content: [text("Summary of the work")],
          ts: ts + 3,
          isSummary: true,
          condenseId: "c1",
        },
      ]),
    );
    expect(found.messages.map((message) => message.role)).toEqual(["user", "assistant", "user"]);
    expect(found.session).toMatchObject({
      title: "port it",
      compactions: [2],
      notes: ["left out: 1 reasoning item of another provider's format"],
    });
  });

  test("reads a session of the command line, and converts pictures and files", () => {
    const session = {
      version: 1,
      updated_at: "2026-01-02T03:04:05.000Z",
      agent: "lead",
      sessionId: "1767323045000_abc",
      origin: { source: "cli", mode: "user" },
      messages: [
        {
          id: "m1",
          role: "user",
          content: [text("look"), { type: "image", data: "iVBORw0KGgo=", mediaType: "image/png" }],
          ts,
        },
        {
          id: "m2",
          role: "assistant",
          content: [{ type: "tool_use", id: "t1", name: "read_files", input: { paths: ["a.ts"] } }],
          modelInfo: { id: "gpt-5", provider: "openai" },
          metrics: { inputTokens: 900, outputTokens: 20, cacheReadTokens: 512, cost: 0.1 },
          ts: ts + 1,
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t1",
              name: "read_files",
              content: [
                { type: "file", path: "a.ts", content: "let a" },
                { query: "a.ts", success: true },
              ],
            },
          ],
          ts: ts + 2,
        },
      ],
      system_prompt: "You are an agent.",
    };
    const found = readOne(JSON.stringify(session, undefined, 2));
    expect(
      found.messages.map((message) => [message.role, ...message.parts.map((part) => part.kind)]),
    ).toEqual([
      ["user", "text", "image"],
      ["assistant", "tool-call"],
      ["tool", "tool-result"],
    ]);
    expect(found.messages[2]?.parts[0]?.text).toContain('<file_content path="a.ts">\nlet a\n</file_content>');
    // A result of a tool's own shape is what the model reads: its JSON.
    expect(found.messages[2]?.parts[0]?.text).toContain('{"query":"a.ts","success":true}');
    expect(found).toMatchObject({
      converted: "cline",
      model: "gpt-5",
      frame: { system: '"You are an agent."' },
    });
    expect(found.messages[1]?.usage).toEqual({ inputTokens: 900, outputTokens: 20, cachedInputTokens: 512 });
  });

  test("refuses what Cline shows, and says which file to read", () => {
    const display = [
      { ts, type: "say", say: "text", text: "fix it" },
      { ts: ts + 1, type: "ask", ask: "tool", text: "{}" },
    ];
    expect(() => readOne(JSON.stringify(display))).toThrow(
      /ui_messages\.json.*api_conversation_history\.json/,
    );
  });
});
