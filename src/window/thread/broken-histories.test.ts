import { expect, test } from "vitest";
import type { Window } from "../assemble/assemble-window.ts";
import { findRuleFaults } from "../rules/find-rule-faults.ts";
import { openMemory } from "./open-memory.ts";

const long = " port".repeat(400);

async function windowOf(messages: readonly object[], budgetTokens: number): Promise<Window> {
  const memory = await openMemory({ model: "gpt-4o" });
  const thread = await memory.thread("t");
  await thread.append(messages);
  const window = await thread.window({ budgetTokens, overflow: "minimum" });
  await memory.close();
  return window;
}

test("orphan results stay left out when everything else has left", async () => {
  const window = await windowOf(
    [
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: long },
      { role: "tool", tool_call_id: "gone", content: long },
    ],
    30,
  );
  expect(window.json).not.toContain("gone");
  expect(window.tokens <= 30 || window.overBudget).toBe(true);
  expect(window.messages.length).toBeGreaterThan(0);
});

test("calls of Gemini and Ollama without ids are answered by name and place", async () => {
  const contents = [
    { role: "user", parts: [{ text: "read both" }] },
    {
      role: "model",
      parts: [{ functionCall: { name: "a", args: {} } }, { functionCall: { name: "b", args: {} } }],
    },
    { role: "user", parts: [{ functionResponse: { name: "b", response: { output: "1" } } }] },
    { role: "model", parts: [{ text: "one was read" }] },
    { role: "user", parts: [{ text: "go on" }] },
  ];
  const gemini = await windowOf(contents, 10_000);
  expect(findRuleFaults("gemini", gemini.messages)).toEqual([]);
  expect(gemini.repairs).toEqual([{ kind: "answered", handle: "#1", callId: undefined }]);
  const messages = [
    { role: "user", content: "read it", images: ["iVBORw0KGgo="] },
    { role: "assistant", content: "", tool_calls: [{ function: { name: "a", arguments: {} } }] },
    { role: "user", content: "never mind" },
  ];
  const ollama = await windowOf(messages, 10_000);
  expect(findRuleFaults("ollama", ollama.messages)).toEqual([]);
  expect(ollama.messages[2]).toMatchObject({ role: "tool", tool_name: "a" });
});

test("a stub is written in the format that the thread has settled, whatever the newest message looks like", async () => {
  const memory = await openMemory({ model: "claude-sonnet-4-5" });
  const thread = await memory.thread("t", { format: "gemini" });
  await thread.append([
    { role: "user", parts: [{ text: `begin${long}` }] },
    { role: "model", parts: [{ text: `one${long}` }] },
    { role: "user", parts: [{ text: "two" }] },
  ]);
  const window = await thread.window({ budgetTokens: 200 });
  expect(window.tokens).toBeLessThanOrEqual(200);
  for (const message of window.messages) expect(message).toHaveProperty("parts");
  await memory.close();
});
