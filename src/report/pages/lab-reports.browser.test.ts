import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, dense, describeFindings, planTraining, flatten, network } from "../../lab/index.ts";
import type { SweepRow } from "../../lab/index.ts";
import { renderSweepReport } from "./sweep-report.ts";
import { renderTrainingReport } from "./training-report.ts";
import { MiB } from "../../shared/units.ts";
import { chromiumPath, hasChromium, launchChromium } from "../../../test/chromium.ts";

const hidden = (units: number): ReturnType<typeof dense> => dense(units, { activation: "relu" });
const net = network({ shape: [28, 28] }, [
  flatten(),
  hidden(128),
  hidden(64),
  dense(10, { activation: "softmax" }),
]);

function trainingPage(): string {
  const plan = planTraining(net, { budgetBytes: MiB, threads: 2 });
  const epochs = Array.from({ length: 10 }, (_, index) => {
    return {
      epoch: index + 1,
      seconds: 0.4,
      loss: 0.4 / (index + 1),
      accuracy: 1 - 0.1 / (index + 1),
      validation: undefined,
    };
  });
  const scores = { loss: 0.09, accuracy: 0.97 };
  const run = {
    program: plan.program,
    plan,
    epochs,
    scores,
    peakBytes: plan.program.peakBytes,
    stopped: false,
  };
  return renderTrainingReport(run, "<b>digits</b>");
}

function sweepPage(): string {
  const rows = [0, 1, 2, 3, 4, 5, 6].flatMap((depth) =>
    [8, 32, 128, 512].map((batch): SweepRow => {
      const { peakBytes, bytesFixed, bytesPerSample, parameterCount } = compile(net, { batch, threads: 1 });
      const accuracy = 0.97 - batch / 20_000 + depth / 1000;
      const bytes = { peakBytes: peakBytes + depth * 50_000, bytesFixed, bytesPerSample, parameterCount };
      return { ...bytes, depth, batch, optimizer: "adam", seconds: 20 / batch, loss: 0.1, accuracy };
    }),
  );
  return renderSweepReport(rows, describeFindings(rows), "<i>sweep</i>");
}

describe.skipIf(!hasChromium)(`the lab's pages in a browser (needs ${chromiumPath})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "loadline-lab-report-"));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ["training", trainingPage],
    ["sweep", sweepPage],
  ])("the page of a %s draws, says its values where the pointer is, and fits a phone", async (name, make) => {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, make());
    for (const width of [1280, 390]) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const said: string[] = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("request", (request) => void (request.url().startsWith("file:") || said.push(request.url())));
      await page.goto(pathToFileURL(file).href);
      expect(said).toEqual([]);
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      expect(wide).toBeLessThanOrEqual(width);
      const drawn = await page.locator("svg.chart").count();
      expect(drawn).toBeGreaterThanOrEqual(4);
      // No label of an axis is cut off at the left.
      const left = await page.evaluate(
        "Math.min(...[...document.querySelectorAll('svg.chart text.tick')].map((text) => text.getBBox().x))",
      );
      expect(left).toBeGreaterThanOrEqual(0);
      const dot = page.locator("circle.near").first();
      await dot.scrollIntoViewIfNeeded();
      await dot.hover({ force: true });
      expect(await page.locator(".at:hover .say").first().isVisible()).toBe(true);
      await page.close();
    }
  });
});
