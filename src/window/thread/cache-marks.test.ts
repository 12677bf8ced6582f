import { describe, expect, test } from "vitest";
import { listMarks } from "../conversation/edit/cache-marks.ts";
import type { Format } from "../conversation/message/message.ts";
import { openMemory } from "./open-memory.ts";

const mark = { cache_control: { type: "ephemeral", ttl: "1h" } };

/** Makes a history of tool calls; the message at `marked` holds a mark, as a client sets it. */
function makeHistory(turns: number, marked: readonly number[]): readonly Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = [{ role: "user", content: [{ type: "text", text: "fix it" }] }];
  for (let turn = 0; turn < turns; turn++) {
    messages.push({
      role: "assistant",
      content: [{ type: "tool_use", id: `toolu_${turn}`, name: "read", input: { turn } }],
    });
    const result = { type: "tool_result", tool_use_id: `toolu_${turn}`, content: `line ${turn} `.repeat(60) };
    messages.push({ role: "user", content: [result] });
  }
  return messages.map((message, index) => {
    const content = message["content"] as Record<string, unknown>[];
    if (!marked.includes(index)) return message;
    return {
      ...message,
      content: content.map((block, at) => (at === content.length - 1 ? { ...block, ...mark } : block)),
    };
  });
}

function marksOf(messages: readonly unknown[], format: Format): readonly number[] {
  return messages.flatMap((message, index) => listMarks(JSON.stringify(message), format).map(() => index));
}

describe("cache marks of the client", () => {
  test("stay on their messages while these are in the window", async () => {
    const thread = await (await openMemory({ model: "claude-sonnet-4-5" })).thread("t");
    const history = makeHistory(6, [0, 10, 12]);
    const synced = await thread.sync({ model: "claude-sonnet-4-5", messages: history });
    const window = await synced.window({ budgetTokens: 100_000 });
    expect(JSON.parse(window.json)).toEqual(history);
    expect(window.messages).toEqual(history);
  });

  test("go to the last message before the gap when their message left", async () => {
    const thread = await (await openMemory({ model: "claude-sonnet-4-5" })).thread("t");
    const history = makeHistory(30, [20, 60]);
    const synced = await thread.sync({ model: "claude-sonnet-4-5", messages: history });
    const window = await synced.window({ budgetTokens: 3_000 });
    expect(window.parts.some((part) => part.handle === "#20" && part.kind === "whole")).toBe(false);
    const marked = marksOf(window.messages, "anthropic");
    expect(marked).toHaveLength(2);
    const [first, last] = marked;
    expect(last).toBe(window.parts.length - 1);
    const handles = window.parts.map((part) => Number(part.handle?.slice(1) ?? -1));
    // Nothing between the mark and the place of the message that left.
    expect(handles.slice((first ?? 0) + 1).every((seq) => seq > 20)).toBe(true);
    expect(JSON.stringify(window.messages[first ?? 0])).toContain('"ttl":"1h"');
    expect(JSON.parse(window.json)).toEqual(window.messages);
  });

  test("are never more than four with those of system prompt and tools", async () => {
    const thread = await (await openMemory({ model: "claude-sonnet-4-5" })).thread("t");
    await thread.append({
      model: "claude-sonnet-4-5",
      system: [{ type: "text", text: "You help.", ...mark }],
      messages: makeHistory(8, [0, 2, 4, 6, 8, 10]),
    });
    const window = await thread.window({ budgetTokens: 100_000 });
    expect(marksOf(window.messages, "anthropic")).toEqual([6, 8, 10]);
  });

  test("of Bedrock move as blocks of their own", async () => {
    const thread = await (await openMemory()).thread("t");
    const messages: Record<string, unknown>[] = [];
    for (let turn = 0; turn < 30; turn++) {
      const point = turn === 10 || turn === 29 ? [{ cachePoint: { type: "default" } }] : [];
      messages.push({ role: "user", content: [{ text: `question ${turn} `.repeat(30) }, ...point] });
      if (turn < 29) messages.push({ role: "assistant", content: [{ text: `answer ${turn} `.repeat(30) }] });
    }
    const synced = await thread.sync({ modelId: "anthropic.claude", messages });
    const window = await synced.window({ budgetTokens: 1_500 });
    const marked = marksOf(window.messages, "bedrock");
    expect(marked).toHaveLength(2);
    expect(marked.at(-1)).toBe(window.parts.length - 1);
  });
});
