import { describe, expect, test } from "vitest";
import { chatCall, chatResult, findLeastBudget, handlesOf, log, threadOf, words } from "./stuck.fixture.ts";

describe("the last word", () => {
  const messages = [
    { role: "system", content: "You are an agent." },
    { role: "user", content: words(100, 5) },
    chatCall("a"),
    chatResult("a", words(300, 2)),
    { role: "user", content: words(50, 8) },
    chatCall("b"),
    chatResult("b", log(500)),
  ];

  test("fails one token below the frame and the newest request, and not at them", async () => {
    const thread = await threadOf(messages);
    const least = await findLeastBudget(thread);
    await expect(thread.window({ budgetTokens: least - 1 })).rejects.toThrow(
      new RegExp(
        `got ${least - 1}, allowed: at least ${least}, which .* the newest request \\(#4\\) \\d+\\. To go on, raise the budget`,
      ),
    );
    expect(await thread.edits()).toEqual([]);
    const window = await thread.window({ budgetTokens: least });
    expect(handlesOf(window)).toBe("#0 #4");
    expect(window.tokens).toBe(least);
  });

  test("a pin never gives way: the error names it", async () => {
    const thread = await threadOf(messages);
    const least = await findLeastBudget(thread);
    await thread.pin("#3");
    await expect(thread.window({ budgetTokens: least })).rejects.toMatchObject({
      code: "budget-too-small",
      message: expect.stringMatching(/the pins \(#3\) \d+, .*unpin #3/) as string,
      details: { pins: ["#3"] },
    });
    const pinned = await findLeastBudget(thread);
    const window = await thread.window({ budgetTokens: pinned });
    // A window begins with a user message: the stub of the first request.
    expect(handlesOf(window)).toBe("#0 stub #2 #3 #4");
    expect(window.parts[3]?.json).toBe(JSON.stringify(messages[3]));
  });

  test("the result of a pinned call may become its handle", async () => {
    const thread = await threadOf(messages);
    await thread.pin("#2");
    const window = await thread.window({ budgetTokens: await findLeastBudget(thread) });
    expect(handlesOf(window)).toBe("#0 stub #2 #3* #4");
  });

  test("a smaller budget shortens a shortened result again; a larger one changes nothing", async () => {
    const thread = await threadOf(messages);
    const sizes: (number | undefined)[] = [];
    for (const budgetTokens of [2_000, 700, 300, 5_000]) {
      const window = await thread.window({ budgetTokens, cache: "warm" });
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
      sizes.push(window.parts.find((part) => part.handle === "#6")?.tokens);
    }
    expect((sizes[0] ?? 0) > (sizes[1] ?? 0) && (sizes[1] ?? 0) > (sizes[2] ?? 0)).toBe(true);
    expect(sizes[3]).toBe(sizes[2]);
    expect((await thread.expand("#6"))[0]?.json).toBe(JSON.stringify(messages[6]));
  });

  test("overflow minimum keeps the newest exchange, its result as a handle", async () => {
    const thread = await threadOf(messages);
    const window = await thread.window({ budgetTokens: 20, overflow: "minimum" });
    expect(window.overBudget).toBe(true);
    expect(handlesOf(window)).toBe("#0 #4 #5 #6*");
  });
});
