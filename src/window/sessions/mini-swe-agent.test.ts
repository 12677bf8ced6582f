import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findShared } from "../../../test/shared-folder.ts";
import { checkPairs } from "../conversation/read/check-pairs.ts";
import { readCase, readOne, sayIt } from "./shared-cases.fixture.ts";

const case48 = readCase("48-mini-swe-v2-extra.json");
test.skipIf(case48 === undefined)(
  "48: four messages without the agent's own member, the exit left out",
  () => {
    const found = readOne(case48 ?? "");
    expect(found.messages.map(sayIt)).toEqual([
      "system | text:You are a helpful assistant.",
      "user | text:Fix the bug.",
      'assistant | text:I look. | tool-call:{"command": "ls"}',
      "tool | tool-result:<returncode>0</returncode>\n<output>\na.py\n</output>",
    ]);
    expect(found.messages.some((message) => message.json.includes('"extra"'))).toBe(false);
    expect(found.messages[2]?.usage).toEqual({
      inputTokens: 120,
      outputTokens: 30,
      cachedInputTokens: undefined,
    });
    expect(found.messages[2]?.time).toBe(1_775_795_870_100);
    expect(found).toMatchObject({
      format: "openai-chat",
      model: "deepseek-chat",
      session: { agent: "mini-swe-agent" },
    });
    expect(checkPairs(found.messages).size).toBe(0);
  },
);

const folder = findShared("data/mini-swe-agent");
test.skipIf(folder === undefined)("reads five runs of version 1 entirely", () => {
  const counts = readdirSync(folder ?? ".").map((name) => {
    const text = readFileSync(join(folder ?? ".", name), "utf8");
    const found = readOne(text);
    expect(found.messages.flatMap((message) => message.parts).some((part) => part.kind === "other")).toBe(
      false,
    );
    return found.messages.length;
  });
  expect(counts).toEqual([74, 232, 78, 186, 102]);
});

describe("trajectories of mini-SWE-agent", () => {
  const info = { mini_version: "2.1.0", config: { model: { model_name: "gpt-5-mini" } } };

  test("reads version 1, whose observations are user messages, as results", () => {
    const found = readOne(
      JSON.stringify({
        info: { mini_version: "1.17.0" },
        messages: [
          { role: "system", content: "s" },
          { role: "user", content: "<pr_description>\nFix it\n</pr_description>" },
          {
            role: "assistant",
            content: "```bash\nls\n```",
            extra: { response: { model: "m", usage: { prompt_tokens: 5, completion_tokens: 2 } } },
          },
          { role: "user", content: "<returncode>0</returncode>" },
        ],
        trajectory_format: "mini-swe-agent-1",
      }),
    );
    expect(found.messages.map((message) => message.role)).toEqual(["system", "user", "assistant", "tool"]);
    expect(found.messages[2]?.usage).toEqual({
      inputTokens: 5,
      outputTokens: 2,
      cachedInputTokens: undefined,
    });
    expect(found).toMatchObject({ model: "m", session: { title: "Fix it" } });
  });

  test("unfolds responses of the responses API into their items", () => {
    const call = { type: "function_call", call_id: "c1", name: "bash", arguments: "{}", extra: {} };
    const found = readOne(
      JSON.stringify({
        info,
        messages: [
          { role: "system", content: "s" },
          { role: "user", content: "Fix it" },
          {
            object: "response",
            id: "r1",
            output: [{ type: "reasoning", summary: [] }, call],
            usage: { input_tokens: 7, output_tokens: 3 },
            extra: { timestamp: 1_775_795_870 },
          },
          { type: "function_call_output", call_id: "c1", output: "a.py", extra: { raw_output: "a.py" } },
          { role: "exit", content: "", extra: { exit_status: "Submitted" } },
        ],
        trajectory_format: "mini-swe-agent-1.1",
      }),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "system | text:s",
      "user | text:Fix it",
      "assistant | reasoning:",
      "assistant | tool-call:{}",
      "tool | tool-result:a.py",
    ]);
    expect(found.format).toBe("openai-responses");
    expect(found.messages[3]?.usage?.inputTokens).toBe(7);
    expect(found.model).toBe("gpt-5-mini");
  });

  test("recognises a run by its version alone, and names a broken message by its number in the file", () => {
    expect(
      readOne(JSON.stringify({ info, messages: [{ role: "user", content: "x" }] })).messages,
    ).toHaveLength(1);
    expect(() =>
      readOne(
        JSON.stringify({
          info,
          messages: [
            { role: "exit", content: "" },
            { role: "wizard", content: "x" },
          ],
        }),
      ),
    ).toThrow(/message 1: role: got "wizard"/);
  });
});
