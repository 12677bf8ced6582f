import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { describe, expect, test } from "vitest";
import { cachePrices, readConversation, replay } from "../../window/index.ts";
import type { Replay } from "../../window/index.ts";
import { lineChart, stackChart } from "./chart.ts";
import { renderReplayReport } from "./replay-report.ts";

const characters = { id: "characters", exact: true, count: (text: string): number => text.length };
const browser = "/usr/bin/chromium";
const hostile = `</title></style><script>document.title="taken"</script><img src=x onerror="document.title='taken'">&"'`;

async function replayOf(calls: number): Promise<Replay> {
  const messages: object[] = [{ role: "user", content: "go" }];
  for (let index = 0; index < calls; index += 1) {
    const id = `c${index}`;
    messages.push({
      role: "assistant",
      content: null,
      tool_calls: [{ id, type: "function", function: { name: hostile, arguments: "{}" } }],
    });
    messages.push({ role: "tool", tool_call_id: id, content: `${hostile} ${"x".repeat(300)}` });
  }
  return replay(readConversation(JSON.stringify(messages)), {
    budgetTokens: 4_000,
    prices: cachePrices("anthropic"),
    counter: characters,
  });
}

describe("the report", () => {
  test("texts from outside are escaped and no script stands in it", async () => {
    const page = renderReplayReport(await replayOf(20), hostile);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toMatch(/<[^>]*\s(?:src|href)=/);
  });
  test("one call, many calls, no calls", async () => {
    expect(renderReplayReport(await replayOf(1), "one")).toContain("1 calls stayed under 4,000 tokens");
    const many = renderReplayReport(await replayOf(300), "many");
    expect(many).not.toMatch(/NaN|Infinity|undefined/);
    expect(many.match(/<path class="line/g)?.length).toBe(8);
    const none = renderReplayReport(await replayOf(0), "none");
    expect(none).toContain("There was no call");
    expect(none).not.toContain("<svg");
  });
  test("charts of nothing and of zeros have finite places", () => {
    for (const values of [[], [0], [0, 0]]) {
      const series = [{ name: "a", colour: 0, values }];
      expect(lineChart("l", series, { unit: "tokens" }) + stackChart("s", series, "tokens")).not.toMatch(
        /NaN|Infinity/,
      );
    }
  });
});

describe("the report in a browser", () => {
  test.skipIf(!existsSync(browser))(
    `draws its charts and runs nothing hostile (needs ${browser})`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "loadline-report-"));
      const file = join(folder, "report.html");
      writeFileSync(file, renderReplayReport(await replayOf(60), hostile));
      const running = await chromium.launch({
        executablePath: browser,
        args: [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      });
      try {
        const page = await running.newPage({ viewport: { width: 400, height: 800 } });
        const said: string[] = [];
        const asked: string[] = [];
        page.on("console", (message) => said.push(message.text()));
        page.on("request", (request) => asked.push(request.url()));
        await page.goto(pathToFileURL(file).href);
        expect(await page.title()).toContain("<script>");
        expect(said).toEqual([]);
        expect(asked).toEqual([pathToFileURL(file).href]);
        const boxes = await page
          .locator("svg path.line")
          .evaluateAll((paths) =>
            paths.map((path) => (path as unknown as { getBBox: () => { width: number } }).getBBox().width),
          );
        expect(boxes).toHaveLength(8);
        expect(boxes.every((width) => width > 100)).toBe(true);
        // Nothing wider than a phone but what scrolls by itself.
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400);
      } finally {
        await running.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
