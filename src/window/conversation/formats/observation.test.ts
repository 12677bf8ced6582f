import { describe, expect, test } from "vitest";
import { readMessages } from "../read/read-conversation.ts";

const rolesOf = (...contents: readonly unknown[]): string =>
  readMessages(
    [
      { role: "user", content: "Fix the bug." },
      { role: "assistant", content: "THOUGHT: look\n```bash\nls\n```" },
    ].concat(
      contents.map((content, index) => ({
        role: index % 2 === 0 ? "user" : "assistant",
        content: content as string,
      })),
    ),
  )
    .slice(2)
    .map((message) => `${message.role}: ${message.parts.map((part) => part.kind).join(" ")}`)
    .join(", ");

describe("observations of text agents", () => {
  test.each([
    "<returncode>0</returncode>\n<output>\na.py\n</output>",
    "Observation: 42",
    "OBSERVATION:\nfile opened",
    "I ran this command:\n\npytest\n\nAnd got this output:\n\n1 failed",
    "EXECUTION RESULT of [run]:\nok",
    "[read_file for 'a.py'] Result:\nimport os",
    "<tool_response>\n{}\n</tool_response>",
    "exitcode: 0 (execution succeeded)\nCode output: 5",
    "New Terminal Output:\n$ ls",
    "Please always provide EXACTLY ONE action in triple backticks, found 0 actions.",
  ])("reads %j as the result of the command before it", (text) => {
    expect(rolesOf(text)).toBe("tool: tool-result");
  });

  test.each(["Now fix the tests too.", "The output looks wrong to me.", "I observed that it fails."])(
    "reads %j as a request",
    (text) => expect(rolesOf(text)).toBe("user: text"),
  );

  test("reads a report as the user's own where nothing or a tool call is before it", () => {
    const report = { role: "user", content: "Observation: 42" };
    expect(readMessages([report])[0]?.role).toBe("user");
    const call = { id: "a", type: "function", function: { name: "f", arguments: "{}" } };
    const calls = { role: "assistant", content: null, tool_calls: [call] };
    expect(readMessages([{ role: "user", content: "go" }, calls, report]).at(-1)?.role).toBe("user");
  });

  test("reads Cline's blocks: a heading, the result and the environment", () => {
    const blocks = [
      { type: "text", text: "[read_file for 'a.py'] Result:" },
      { type: "text", text: "import os" },
      { type: "text", text: "<environment_details>\n# Time\n10:00\n</environment_details>" },
    ];
    expect(rolesOf(blocks)).toBe("tool: tool-result tool-result tool-result");
    const feedback = { type: "text", text: "<feedback>\nno, the other file\n</feedback>" };
    expect(rolesOf([...blocks, feedback])).toBe("user: text text text text");
  });
});
