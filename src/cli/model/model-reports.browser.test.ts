import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";
import { captureTerminal } from "../terminal.fixture.ts";
import { smallLlamaConfig } from "../../model/description/llama.fixture.ts";
import { chromiumPath, hasChromium, launchChromium } from "../../../test/chromium.ts";

const config = smallLlamaConfig;

describe.skipIf(!hasChromium)(`pages of size and plan in a browser (needs ${chromiumPath})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "loadline-model-report-"));
  const said: string[] = [];
  let browser: Browser;

  async function writePage(name: string, ...words: readonly string[]): Promise<string> {
    const path = join(folder, name);
    const { terminal, error } = captureTerminal();
    expect(await runCli([...words, "--report", path], terminal, "0.0.0")).toBe(0);
    if (error() !== "") said.push(error());
    return pathToFileURL(path).href;
  }
  async function open(address: string, width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(address);
    return page;
  }

  beforeAll(async () => {
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([390, 1280])("fit a screen of %i, with bars as long as their bytes", async (width) => {
    const size = await writePage("size.html", "size", folder, "--train", "--batch", "2");
    const plans = await writePage("plan.html", "plan", folder, "--train", "--memory", "8GiB");
    for (const address of [size, plans]) {
      const page = await open(address, width);
      const scroll = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(scroll).toBe(0);
      const inside = await page
        .locator(".track")
        .evaluateAll((tracks) =>
          tracks.map(
            (track) =>
              [...track.querySelectorAll("i")].reduce(
                (sum, part) => sum + part.getBoundingClientRect().width,
                0,
              ) - track.getBoundingClientRect().width,
          ),
        );
      expect(inside.length).toBeGreaterThan(2);
      expect(inside.every((excess) => excess <= 1)).toBe(true);
    }
    expect(said).toEqual([]);
  });

  test("unfolds how a figure was computed", async () => {
    const page = await open(await writePage("how.html", "size", folder, "--engine", "vllm"), 800);
    const how = page.locator("td details").first();
    expect(await how.locator("p").isVisible()).toBe(false);
    await how.locator("summary").click();
    expect(await how.locator("p").isVisible()).toBe(true);
  });
});
