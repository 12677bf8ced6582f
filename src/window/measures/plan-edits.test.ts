import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyEdit, sumTokens } from "./layout.ts";
import { planEdits } from "./plan-edits.ts";
import { sumTokensOf } from "./give-way.ts";
import { planLeast } from "./plan-deep.ts";
import { situationFor } from "./situation.fixture.ts";
import type { Said } from "./situation.fixture.ts";

const long = "x".repeat(500);

/** Makes a turn that reads the same file twice, followed by a request of `behind` characters. */
function readTwice(behind: number): Said[] {
  return [
    { role: "system", text: "system" },
    { role: "user", text: "read it" },
    { role: "assistant", text: "", call: "a.ts" },
    { role: "tool", text: long },
    { role: "assistant", text: "", call: "a.ts" },
    { role: "tool", text: long },
    { role: "user", text: "y".repeat(behind) },
  ];
}

describe("planEdits", () => {
  test("under the budget a duplicate becomes a pointer only if that pays", () => {
    // About 450 tokens freed; behind it about 510 + what follows is rewritten: 10 · 0.1 · 450 = 450 against 1.15 · (510 + behind).
    expect(planEdits(situationFor(readTwice(10), { counterBudgetTokens: 100_000 })).drafts).toEqual([]);
    const later = situationFor(readTwice(10), { counterBudgetTokens: 100_000, expectedTurns: 40 });
    expect(planEdits(later).drafts.map((draft) => [draft.measure, draft.reason])).toEqual([
      ["dedupe", "pays"],
    ]);
    const farther = situationFor(readTwice(5_000), { counterBudgetTokens: 100_000, expectedTurns: 40 });
    expect(planEdits(farther).drafts).toEqual([]);
  });

  test("a duplicate becomes a pointer on a cold cache, where rewriting is free", () => {
    const plan = planEdits(situationFor(readTwice(5_000), { counterBudgetTokens: 100_000, cache: "cold" }));
    expect(plan.drafts.map((draft) => [draft.measure, draft.reason])).toEqual([["dedupe", "cold"]]);
    expect(plan.drafts[0]?.targets.map((target) => target.seq)).toEqual([3]);
  });

  test("an undone edit is not made again unless it is forced", () => {
    const situation = situationFor(readTwice(10), {
      counterBudgetTokens: 100_000,
      cache: "cold",
      exemptSeqs: new Set([3]),
    });
    expect(planEdits(situation).drafts).toEqual([]);
  });

  test("a different answer to the same call supersedes the older one", () => {
    const said = readTwice(10).map((one, seq) => (seq === 5 ? { ...one, text: "z".repeat(400) } : one));
    const plan = planEdits(situationFor(said, { counterBudgetTokens: 100_000, cache: "cold" }));
    expect(plan.drafts.map((draft) => draft.measure)).toEqual(["supersede"]);
  });

  test("reasoning of finished turns is dropped; that of the newest turn stays", () => {
    const said: Said[] = [
      { role: "user", text: "one" },
      { role: "assistant", text: "a", reasoning: long },
      { role: "user", text: "two" },
      { role: "assistant", text: "b", reasoning: long },
    ];
    const plan = planEdits(situationFor(said, { counterBudgetTokens: 100_000, cache: "cold" }));
    expect(plan.drafts.map((draft) => [draft.measure, draft.targets.map((target) => target.seq)])).toEqual([
      ["drop-reasoning", [1]],
    ]);
  });

  test("a window over the budget gets one deep edit, with a stub that names what was evicted", () => {
    const said: Said[] = [
      { role: "system", text: "system" },
      ...Array.from({ length: 12 }, (_, index): Said[] => [
        { role: "user", text: `look at order_${1000 + index}` },
        { role: "assistant", text: "", call: `order_${1000 + index}` },
        { role: "tool", text: JSON.stringify({ id: `HAT${100 + index}`, note: "w ".repeat(120) }) },
      ]).flat(),
    ];
    const situation = situationFor(said, { counterBudgetTokens: 1_500 });
    const plan = planEdits(situation);
    expect(plan.drafts.map((draft) => [draft.measure, draft.reason])).toEqual([["evict", "forced"]]);
    expect(sumTokens(plan.items)).toBeLessThanOrEqual(1_500);
    expect(plan.drafts[0]?.insertion?.text).toContain("HAT100");
    expect(plan.items[0]).toMatchObject({ type: "entry", seq: 0 });
  });
});

describe("planEdits, any conversation", () => {
  const text = fc
    .array(fc.constantFrom("HAT136", "src/a.ts", "2024-05-20", "word", "Zoë", "{", "漢"), { maxLength: 80 })
    .map((words) => words.join(" "));
  const turn = fc.record({ request: fc.option(text, { nil: undefined }), result: text, answer: text });
  const conversation = fc
    .array(turn, { minLength: 1, maxLength: 15 })
    .map((turns): Said[] => [
      { role: "system", text: "system" },
      ...turns.flatMap(({ request, result, answer }, index): Said[] => [
        ...(request === undefined && index > 0 ? [] : [{ role: "user" as const, text: request ?? "go" }]),
        { role: "assistant", text: answer, call: `call ${index % 4}`, reasoning: "because" },
        { role: "tool", text: result },
      ]),
    ]);

  test("planned windows exceed the budget only if the smallest one does, and keep what stays unedited while it fits", () => {
    fc.assert(
      fc.property(
        conversation,
        fc.integer({ min: 20, max: 4_000 }),
        fc.constantFrom("warm" as const, "cold" as const),
        (said, budgetTokens, cache) => {
          const situation = situationFor(said, { counterBudgetTokens: budgetTokens, cache });
          const plan = planEdits(situation);
          const items = plan.drafts.reduce(
            (before, draft, index) =>
              applyEdit(before, { ...draft, number: index + 1, time: 0, freedTokens: 0, rewrittenTokens: 0 }),
            situation.items,
          );
          const least = planLeast(situation, { reason: "forced", newest: false });
          expect(sumTokens(items)).toBeLessThanOrEqual(Math.max(budgetTokens, sumTokens(least.items)));
          if (sumTokensOf(situation.items, situation.protectedSeqs) > budgetTokens) return;
          const whole = new Set(
            items.flatMap((item) => (item.type === "entry" && item.shown === undefined ? [item.seq] : [])),
          );
          for (const seq of situation.protectedSeqs) expect(whole).toContain(seq);
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });
});
