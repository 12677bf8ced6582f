import { expect, test } from "vitest";
import { openMemory } from "../open-memory.ts";

/** Makes a history of calls with short results; the first `cleared` of them are replaced by a client's note. */
function makeHistory(turns: number, cleared: number, note: string): readonly Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = [{ role: "user", content: "run the checks one by one" }];
  for (let turn = 0; turn < turns; turn++) {
    const call = { type: "tool_use", id: `toolu_${turn}`, name: "check", input: { turn } };
    messages.push({ role: "assistant", content: [call] });
    const content = turn < cleared ? note : `ok ${turn}`;
    messages.push({
      role: "user",
      content: [{ type: "tool_result", tool_use_id: `toolu_${turn}`, content }],
    });
  }
  return messages;
}

test.each(["[Old tool result content cleared]", "<result removed to save context>", "[cleared]"])(
  "a short result that the client replaces by %s is the same entry",
  async (note) => {
    const thread = await (await openMemory({ model: "claude-sonnet-4-5" })).thread("t");
    await thread.sync(makeHistory(12, 0, note));
    const synced = await thread.sync(makeHistory(13, 8, note));
    expect({ relation: synced.relation, reduced: synced.reduced, length: synced.length }).toEqual({
      relation: "reduced",
      reduced: 8,
      length: 27,
    });
    expect(synced.thread.id).toBe(thread.id);
    const [entry] = await thread.expand("#2");
    expect(entry?.text).toContain("ok 0");
    const window = await synced.window({ budgetTokens: 50_000 });
    expect(window.parts[2]?.json).toContain(note);
  },
);

test("another short result is another result", async () => {
  const thread = await (await openMemory({ model: "claude-sonnet-4-5" })).thread("t");
  await thread.sync(makeHistory(12, 0, ""));
  const synced = await thread.sync(makeHistory(13, 3, "ok 99"));
  expect(synced.relation).toBe("fork");
});
