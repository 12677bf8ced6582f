import { describe, expect, test } from "vitest";
import { checkPairs } from "../read/check-pairs.ts";
import { readConversation, readConversations } from "../read/read-conversation.ts";
import { outline } from "./outline.fixture.ts";

const call = (id: string, requestor: string): object => ({
  id,
  name: "get_user",
  arguments: { user_id: "u" },
  requestor,
});
const messages = [
  {
    role: "assistant",
    content: "Hi! How can I help?",
    tool_calls: null,
    turn_idx: 0,
    timestamp: "2026-01-02T03:04:05",
  },
  { role: "user", content: "Who am I?", tool_calls: null, turn_idx: 1 },
  {
    role: "assistant",
    content: null,
    tool_calls: [call("c1", "assistant"), call("c2", "assistant")],
    usage: { completion_tokens: 7, prompt_tokens: 100 },
  },
  {
    role: "tool",
    tool_messages: [
      { id: "c1", role: "tool", content: "u is Ann", requestor: "assistant", error: false },
      { id: "c2", role: "tool", content: "u is Ann", requestor: "assistant", error: false },
    ],
  },
  { role: "user", content: null, tool_calls: [call("u1", "user")] },
  { id: "u1", role: "tool", content: "the user's own phone", requestor: "user", error: false },
  { role: "assistant", content: "You are Ann.", tool_calls: null },
];
const simulation = { id: "s1", task_id: "1", termination_reason: "user_stop", messages, trial: 0 };
const results = {
  timestamp: "2026-01-02T03:04:05",
  info: { agent_info: { llm: "gpt-4.1" } },
  tasks: [],
  simulations: [simulation, simulation],
};

describe("tau2", () => {
  test("reads each simulation as the agent sees it", () => {
    const found = readConversations(JSON.stringify(results));
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({
      format: "openai-chat",
      settled: true,
      converted: "tau2 simulation",
      model: "gpt-4.1",
    });
    expect(found[0] === undefined ? [] : outline(found[0])).toEqual([
      "assistant: text Hi! How can I help?",
      "user: text Who am I?",
      'assistant: tool-call get_user <c1> {"user_id":"u"} | tool-call get_user <c2> {"user_id":"u"}',
      "tool: tool-result <c1> u is Ann",
      "tool: tool-result <c2> u is Ann",
      "assistant: text You are Ann.",
    ]);
    expect(checkPairs(found[0]?.messages ?? []).size).toBe(0);
    expect(found[0]?.messages[2]?.usage).toMatchObject({ inputTokens: 100, outputTokens: 7 });
  });

  test("reads a simulation that is saved alone", () => {
    expect(readConversation(JSON.stringify(simulation)).messages).toHaveLength(6);
  });

  test("refuses simulations of speech by name", () => {
    const voice = { id: "s", task_id: "1", termination_reason: "user_stop", messages: null, ticks: [] };
    expect(() => readConversation(JSON.stringify({ simulations: [voice] }))).toThrow(
      "input: got tau2 simulations of speech, which hold ticks of audio in place of messages; run tau2 without audio",
    );
  });

  test("reads tau-bench's results, which are OpenAI chat already, without converting", () => {
    const file = [{ task_id: 1, reward: 1, traj: [{ role: "user", content: "a" }], info: {} }];
    const found = readConversation(JSON.stringify(file));
    expect(found.converted).toBeUndefined();
    expect(outline(found)).toEqual(["user: text a"]);
  });
});
