import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostile, replayOf } from "./replay.fixture.ts";
import { renderReplayReport } from "./replay-report.ts";
import { chromiumPath, hasChromium, launchChromium } from "../../../test/chromium.ts";

describe.skipIf(!hasChromium)(`the report in a browser (needs ${chromiumPath})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "loadline-report-"));
  const address = pathToFileURL(join(folder, "report.html")).href;
  const said: string[] = [];
  const asked: string[] = [];
  let browser: Browser;

  async function open(width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(address);
    return page;
  }

  beforeAll(async () => {
    writeFileSync(join(folder, "report.html"), renderReplayReport(await replayOf(60), hostile));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("draws its charts, runs nothing hostile and asks for nothing", async () => {
    const page = await open(1280);
    expect(await page.title()).toContain("<script>");
    expect(await page.locator("svg.chart").count()).toBe(5);
    const boxes = await page
      .locator("svg path.line, svg path.area")
      .evaluateAll((paths) =>
        paths.map((path) => (path as unknown as { getBBox: () => { width: number } }).getBBox().width),
      );
    expect(boxes.length).toBeGreaterThan(12);
    expect(boxes.every((width) => width > 100)).toBe(true);
    expect(said).toEqual([]);
    expect(asked).toEqual([address]);
  });

  test("reads out the call and the edit that the pointer is on", async () => {
    const page = await open(1280);
    for (const [target, text] of [
      ["rect.column", "everything sent: "],
      ["circle.near", "freed "],
    ] as const) {
      const group = page.locator("g.at", { has: page.locator(target) }).first();
      expect(await group.locator(".say").isVisible()).toBe(false);
      await group.locator(target).hover();
      expect(await group.locator(".say").isVisible()).toBe(true);
      expect(await group.locator(".say").textContent()).toContain(text);
    }
  });

  test("at 400 pixels nothing but the charts is wider than the page, and the reasons can be read", async () => {
    const page = await open(400);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400);
    await page.locator("details").evaluate((details) => details.setAttribute("open", ""));
    const cell = await page.locator("td.why").first().boundingBox();
    expect(cell?.width).toBeGreaterThan(200);
    expect((cell?.x ?? 400) + (cell?.width ?? 0)).toBeLessThanOrEqual(400);
  });

  test("on paper it is light, whatever the screen is, and shows every edit", async () => {
    const page = await open(800);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.locator("details").evaluate((details) => details.removeAttribute("open"));
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await page.locator("td.why").first().isVisible()).toBe(true);
  });
});
