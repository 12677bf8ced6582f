import { describe, expect, test } from "vitest";
import type { Edit, Replay } from "../../window/index.ts";
import { drawLineChart, drawStackChart } from "../charts/chart.ts";
import { describeEdit, drawEditTimeline } from "../charts/edit-timeline.ts";
import { writeHeadline } from "./headline.ts";
import { wrapText } from "../charts/read-out.ts";
import { hostile, replayOf } from "./replay.fixture.ts";
import { renderReplayReport } from "./replay-report.ts";
import { makeScale, chooseTickedCalls } from "../charts/scale.ts";

const edit: Edit = {
  number: 7,
  measure: "evict",
  reason: "forced",
  why: hostile,
  time: 0,
  targets: [],
  insertion: undefined,
  absorbs: [],
  freedTokens: 1_234,
  rewrittenTokens: 56,
};

function withEdits(replay: Replay, edits: readonly Edit[]): Replay {
  return { ...replay, calls: replay.calls.map((call, at) => (at === 0 ? { ...call, edits } : call)) };
}

describe("the report", () => {
  test("texts from outside are escaped and no script is in it", async () => {
    const page = renderReplayReport(withEdits(await replayOf(20), [edit]), hostile);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img");
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThanOrEqual(3);
    expect(page).not.toMatch(/<[^>]*\s(?:src|href)=/);
  });
  test("one call, many calls, no calls", async () => {
    expect(renderReplayReport(await replayOf(1), "one")).toContain("1 call stayed under 4,000 tokens");
    const many = renderReplayReport(await replayOf(300), "many");
    expect(many).not.toMatch(/NaN|Infinity|undefined/);
    // The window, the same near the line, and the cost, each with four ways.
    expect(many.match(/<path class="line/g)?.length).toBe(12);
    const none = renderReplayReport(await replayOf(0), "none");
    expect(none).toContain("This conversation has no call");
    expect(none).not.toContain("<svg");
  });
  test("the picture near the line is left out when nothing is far over it", async () => {
    expect(renderReplayReport(await replayOf(3), "few")).not.toContain("near the line");
  });
  test("every edit has its mark and its row", async () => {
    const replay = await replayOf(200);
    const edits = replay.calls.reduce((sum, call) => sum + call.edits.length, 0);
    const page = renderReplayReport(replay, "edits");
    expect(edits).toBeGreaterThan(0);
    expect(page.match(/<circle class="edit/g)?.length).toBe(edits);
    expect(page.match(/<td class="why">/g)?.length).toBe(edits);
  });
});

describe("the headline", () => {
  test("says when the line did not hold, and for what reason", async () => {
    const replay = await replayOf(20);
    expect(writeHeadline({ ...replay, overBudgetCalls: 2 })).toContain(
      "18 of 20 calls stayed under 4,000 tokens (2 exceeded it)",
    );
    expect(writeHeadline({ ...replay, tooSmallCalls: 3 })).toContain(
      "17 of 20 calls stayed under 4,000 tokens (in 3 the parts that always stay exceed it alone)",
    );
    expect(writeHeadline({ ...replay, overBudgetCalls: 2, tooSmallCalls: 3 })).toContain("15 of 20 calls");
  });
  test("counts what was lost and rewritten", async () => {
    const replay = await replayOf(2);
    expect(writeHeadline(replay)).toContain("No entry was lost, and nothing was rewritten");
    expect(writeHeadline({ ...replay, lostEntries: 1, unplannedRewrites: 2 })).toContain(
      "1 entry was lost, and the prefix was rewritten 2 times",
    );
  });
});

describe("the charts", () => {
  test("of nothing and of zeros have finite places", () => {
    for (const values of [[], [0], [0, 0]]) {
      const series = [{ name: "a", colour: 0, values }];
      const drawn = [
        drawLineChart("l", series, { unit: "tokens" }),
        drawStackChart("s", series, { unit: "tokens" }),
        drawEditTimeline([], values.length),
      ];
      expect(drawn.join("")).not.toMatch(/NaN|Infinity/);
    }
  });
  test("thousands of calls share columns, and each edit is still read out", () => {
    const values = Array.from({ length: 5_000 }, (_, index) => index);
    const marks = [0, 1, 2_345, 4_999].map((at) => ({ at, title: `mark ${at}` }));
    const drawn = drawLineChart("l", [{ name: "a", colour: 0, values }], { unit: "tokens", marks });
    expect(drawn.match(/class="column"/g)?.length).toBeLessThanOrEqual(440);
    for (const { at, title } of marks) expect(drawn).toContain(`call ${at + 1}: ${title}<`);
  });
  test("the axis says the first call and round numbers", () => {
    expect(chooseTickedCalls(0)).toEqual([]);
    expect(chooseTickedCalls(1)).toEqual([0]);
    expect(chooseTickedCalls(3)).toEqual([0, 1, 2]);
    expect(chooseTickedCalls(127)).toEqual([0, 19, 39, 59, 79, 99, 119]);
  });
  test("the top is the first grid line that is not under the largest value", () => {
    // Four steps to 16,000 are 4,000 each, and the next round one is 5,000.
    for (const largest of [16_000, 20_000]) {
      const { ticks, y } = makeScale(1, largest, 300);
      expect(ticks).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
      expect([y(0), y(20_000)]).toEqual([258, 24]);
    }
  });
  test("read-outs are wrapped, however long a word or a text is", () => {
    expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrapText("abcdefghij kl", 7)).toEqual(["abcdef…", "kl"]);
    const cut = wrapText("ab ".repeat(1_000), 10);
    expect(cut.length).toBeLessThanOrEqual(6);
    expect(cut.at(-1)).toBe("…");
  });
  test("an edit that adds says so", () => {
    expect(describeEdit(edit)).toBe("e7 evict, forced: freed 1,234, rewrote 56");
    expect(describeEdit({ ...edit, measure: "recall", reason: "requested", freedTokens: -93 })).toContain(
      "recall, requested: added 93",
    );
  });
});
