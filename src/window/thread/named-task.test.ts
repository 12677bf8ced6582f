import { describe, expect, test } from "vitest";
import { quarterCounter } from "./growing-agent.fixture.ts";
import { openMemory } from "./open-memory.ts";

const budgets = Array.from({ length: 60 }, (_, index) => 300 + 2 * index);

/** A turn whose newest call is large: what is left for its result and the task is a few tokens more or less than they need. */
const history = [
  { role: "user", content: "the task: find out why the port is closed. ".repeat(4) },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "c1", type: "function", function: { name: "run", arguments: "{}" } }],
  },
  { role: "tool", tool_call_id: "c1", content: "an old line of the log\n".repeat(20) },
  {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "c2", type: "function", function: { name: "run", arguments: JSON.stringify("x".repeat(1_000)) } },
    ],
  },
  { role: "tool", tool_call_id: "c2", content: "a line of the log\n".repeat(10) },
  { role: "system", content: "The user is back." },
  { role: "user", content: "go on" },
  {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "c3", type: "function", function: { name: "run", arguments: JSON.stringify("y".repeat(900)) } },
    ],
  },
  { role: "tool", tool_call_id: "c3", content: "a new line of the log\n".repeat(10) },
];

describe("a window that its newest exchange fills to the brim", () => {
  test.each(budgets)("still names the task, at %d tokens", async (budgetTokens) => {
    const memory = await openMemory({ counter: quarterCounter, clock: () => 1_700_000_000_000 });
    const thread = await memory.thread("t");
    await thread.append(history);
    const window = await thread.window({ budgetTokens });
    await memory.close();
    expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
    const handles = window.parts.map(({ handle, kind }) => handle ?? kind);
    expect(handles).toContain("#8");
    expect(handles.some((handle) => handle === "#0" || handle === "stub")).toBe(true);
  });
});
