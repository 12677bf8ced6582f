import { describe, expect, test } from "vitest";
import { checkPairs } from "../conversation/read/check-pairs.ts";
import { block, call, line, result, text, user } from "./claude-code.fixture.ts";
import { readOne, sayIt, toLines } from "./shared-cases.fixture.ts";

describe("what newer releases of Claude Code note as sent", () => {
  test("keeps reminders as they were sent, behind the results of open calls, and takes the frame of the longest call", () => {
    const reminder = (uuid: string, parent: string, role: string, words: string): object => ({
      ...line(uuid, parent, "attachment", {}),
      message: undefined,
      attachment: { type: "date" },
      rendered: [{ content: words }],
      renderedRole: role,
    });
    const shape = (system: string): object => ({
      type: "api-request-shape",
      sessionId: "s1",
      shape: { system: [text(system)], tools: [{ name: "Read" }] },
    });
    const found = readOne(
      toLines([
        user("u1", null, "read both"),
        reminder("a1", "u1", "system", "one"),
        reminder("a2", "a1", "system", 'and "two"'),
        shape("a long prompt of the agent"),
        { type: "api-request-blob", sessionId: "s1", message: { role: "user", content: "read both" } },
        block("u2", "a2", "msg_1", call("a")),
        block("u3", "u2", "msg_1", call("b")),
        user("r1", "u2", [result("a")]),
        reminder("a3", "u3", "user", "three"),
        user("r2", "a3", [result("b")]),
        shape("title"),
        block("u4", "r2", "msg_2", text("both")),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:read both",
      'system | text:one | text:and "two"',
      'assistant | tool-call:{"file_path":"a.ts"} | tool-call:{"file_path":"b.ts"}',
      "tool | tool-result:text of a",
      "tool | tool-result:text of b",
      "user | text:three",
      "assistant | text:both",
    ]);
    expect(found.frame).toEqual({
      system: '[{"type":"text","text":"a long prompt of the agent"}]',
      tools: '[{"name":"Read"}]',
    });
    expect(found.session?.notes).toEqual(["2 messages of reminders, as the client sent them"]);
    expect(checkPairs(found.messages).size).toBe(0);
  });
});
