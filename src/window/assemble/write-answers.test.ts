import { expect, test, vi } from "vitest";
import { writeAnswers } from "./write-answers.ts";

test("answering many calls of one message parses the message once", () => {
  const calls = Array.from({ length: 500 }, (_, index) => ({ callId: `c${index}`, toolName: "read" }));
  const parse = vi.spyOn(JSON, "parse");
  const callJson = '{"type":"ai","data":{"content":""}}';
  const answers = writeAnswers({ calls, tokens: 0 }, "none", { format: "langchain", callJson });
  const times = parse.mock.calls.length;
  parse.mockRestore();
  expect(answers).toHaveLength(500);
  expect(answers[0]).toBe(
    '{"type":"tool","data":{"content":"none","tool_call_id":"c0","name":"read","status":"error"}}',
  );
  expect(times).toBe(1);
});
