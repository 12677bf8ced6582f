import { expect, test } from "vitest";
import { openMemory } from "./open-memory.ts";
import type { Window } from "../assemble/assemble-window.ts";
import type { WindowOptions } from "./window-options.ts";

async function windowOf(body: object, options: WindowOptions): Promise<Window> {
  const memory = await openMemory({ model: "gpt-4o", clock: () => 1_700_000_000_000 });
  const thread = await memory.thread("t");
  await thread.append(body);
  const window = await thread.window(options);
  await memory.close();
  return window;
}

const filler = Array.from({ length: 30 }, (_, index) => [
  { role: "user", content: `step ${index} ${"words of no interest ".repeat(20)}` },
  { role: "assistant", content: [{ type: "text", text: `done ${index}` }] },
]).flat();
const fact = [
  { role: "user", content: "start" },
  { role: "assistant", content: "ok" },
  { role: "user", content: "The port of the staging server Zeppelin is 8443." },
  { role: "assistant", content: "Noted." },
];
const call = { role: "assistant", content: [{ type: "tool_use", id: "a", name: "read", input: {} }] };
const result = { type: "tool_result", tool_use_id: "a", content: "empty" };
const said = "Which port has the staging server Zeppelin?";

test.each([
  [said, "tool_result text text"],
  [`<system-reminder>The user typed: ${said}</system-reminder>`, "tool_result text text"],
  [
    `<system-reminder>The todo list is empty: port, staging server Zeppelin.</system-reminder>`,
    "tool_result text",
  ],
])("a result with %j: recall is a block behind the result, or not needed", async (text, types) => {
  const messages = [...fact, ...filler, call, { role: "user", content: [result, { type: "text", text }] }];
  const window = await windowOf(
    { system: "s", max_tokens: 1, messages },
    { budgetTokens: 1_500, recallShare: 0.3 },
  );
  const last = window.messages.at(-1) as { content: readonly { type: string; text?: string }[] };
  expect(last.content.map(({ type }) => type).join(" ")).toBe(types);
  expect(JSON.stringify(last).includes("8443")).toBe(types.endsWith("text text"));
});

test("an aborted call is answered where the provider requires it, and reported", async () => {
  const chat = (id: string): object => ({ id, type: "function", function: { name: "f", arguments: "{}" } });
  const messages = [
    { role: "user", content: "go" },
    { role: "assistant", content: null, tool_calls: [chat("a"), chat("b")] },
    { role: "tool", tool_call_id: "a", content: "x" },
    { role: "user", content: "stop" },
  ];
  const window = await windowOf(messages, { budgetTokens: 1_000 });
  expect(window.parts.map(({ handle, kind }) => handle ?? kind)).toEqual(["#0", "#1", "#2", "answer", "#3"]);
  expect(window.messages[3]).toMatchObject({ role: "tool", tool_call_id: "b" });
  expect(window.repairs).toEqual([{ kind: "answered", handle: "#1", callId: "b" }]);
});

test("with alternate, neighbours of one role are one message", async () => {
  const messages = [...fact, ...filler, { role: "user", content: said }];
  const window = await windowOf(
    { system: "s", max_tokens: 1, messages },
    { budgetTokens: 900, alternate: true },
  );
  const roles = (window.messages as readonly { role: string }[]).map(({ role }) => role);
  expect(roles.every((role, index) => role === (index % 2 === 0 ? "user" : "assistant"))).toBe(true);
});
