import { describe, expect, test } from "vitest";
import { readConversation } from "../read/read-conversation.ts";
import { readSweAgent } from "./swe-agent.ts";

const action = {
  role: "assistant",
  content: "Look.\n```\nls -a\n```",
  thought: "Look.\n",
  action: "ls -a\n",
  agent: "main",
};

describe("SWE-agent", () => {
  test("reads the thought and the action of an assistant message", () => {
    const { parts } = readSweAgent(JSON.stringify(action));
    expect(
      parts.map((part) => [part.kind, part.text, part.toolName, part.arguments, part.cut, part.body]),
    ).toEqual([
      ["text", "Look.\n", undefined, undefined, undefined, undefined],
      ["tool-call", "ls -a\n", "ls", "ls -a\n", undefined, undefined],
    ]);
  });

  test("a user message after an action is its observation, before it a request, whatever its mark", () => {
    const user = { role: "user", content: "x", agent: "main", message_type: "observation" };
    const { messages, format } = readConversation(
      JSON.stringify({ history: [user, action, user, user], info: {} }),
    );
    expect(format).toBe("swe-agent");
    expect(messages.map((message) => message.role)).toEqual(["user", "assistant", "tool", "user"]);
    const result = messages[2]?.parts[0];
    expect(result).toMatchObject({ kind: "tool-result", callId: undefined, text: "x" });
    const next = readConversation(JSON.stringify([user]), { previous: messages[1] });
    expect(next.messages[0]?.role).toBe("tool");
  });

  test("reads calls with ids, and an observation that answers several", () => {
    const call = (id: string) => ({
      id,
      type: "function",
      function: { name: "bash", arguments: '{"command":"ls"}' },
    });
    const calling = { ...action, tool_calls: [call("a"), call("b")] };
    const { parts } = readSweAgent(JSON.stringify(calling));
    expect(parts.map((part) => [part.kind, part.callId])).toEqual([
      ["text", undefined],
      ["tool-call", "a"],
      ["tool-call", "b"],
    ]);
    const observation = { role: "tool", content: [{ type: "text", text: "out" }], tool_call_ids: ["a", "b"] };
    const read = readSweAgent(JSON.stringify(observation)).parts;
    expect(read.map((part) => [part.kind, part.callId, part.text])).toEqual([
      ["tool-result", "a", "out"],
      ["tool-result", "b", ""],
    ]);
  });

  test("reads each step of a lone trajectory as a message", () => {
    const steps = [{ action: "ls\n", observation: "a b", response: "r", thought: "t", state: "{}" }];
    const { messages, format } = readConversation(JSON.stringify({ trajectory: steps, info: {} }));
    expect(format).toBe("swe-agent");
    expect(messages[0]?.json).toBe(JSON.stringify(steps[0]));
    expect(messages[0]?.parts.map((part) => [part.kind, part.text])).toEqual([
      ["text", "t"],
      ["tool-call", "ls\n"],
      ["tool-result", "a b"],
    ]);
  });

  test("refuses ids that are not strings", () => {
    expect(() => readSweAgent('{"role":"tool","content":"","tool_call_ids":[1]}')).toThrow(/tool_call_ids/);
  });
});
