import { describe, expect, test } from "vitest";
import { findRuleFaults } from "../rules/find-rule-faults.ts";
import { quarterCounter } from "./growing-agent.fixture.ts";
import { openMemory } from "./open-memory.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAA+gAAAPoCAIAAADCwUOzAAAAAElFTkSuQmCC";

/** Work before a compaction, the compaction, and work after it, all in one answer. */
const history = [
  { role: "user", content: "the task" },
  { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" },
  {
    type: "computer_call",
    id: "cu_1",
    call_id: "c1",
    action: { type: "screenshot" },
    pending_safety_checks: [],
    status: "completed",
  },
  {
    type: "computer_call_output",
    call_id: "c1",
    output: { type: "computer_screenshot", image_url: `data:image/png;base64,${png}` },
  },
  {
    type: "function_call",
    id: "fc_1",
    call_id: "f1",
    name: "run",
    arguments: JSON.stringify("x".repeat(900)),
  },
  { type: "compaction", id: "cmp_1", encrypted_content: "a summary of all before" },
  { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "x" },
  {
    type: "function_call",
    id: "fc_2",
    call_id: "f2",
    name: "run",
    arguments: JSON.stringify("y".repeat(900)),
  },
  { type: "function_call_output", call_id: "f2", output: "a line of the log\n".repeat(90) },
  { type: "function_call_output", call_id: "f1", output: "a line of the log\n".repeat(90) },
  {
    type: "message",
    id: "msg_1",
    role: "assistant",
    content: [{ type: "output_text", text: "ok", annotations: [] }],
  },
  { role: "user", content: "go on" },
];

describe("a compaction item between calls", () => {
  test.each([60, 120, 400, 1_000, 2_000])(
    "stays at %d tokens; what is around it may leave",
    async (budgetTokens) => {
      const memory = await openMemory({ counter: quarterCounter, clock: () => 1_700_000_000_000 });
      const thread = await memory.thread("t");
      await thread.append(history);
      const window = await thread.window({ budgetTokens });
      await memory.close();
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
      expect(window.json).toContain('"cmp_1"');
      expect(findRuleFaults("openai-responses", window.messages, { history })).toEqual([]);
    },
  );
});
