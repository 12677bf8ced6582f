import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundlers } from "./bundlers.ts";
import type { Bundler } from "./bundlers.ts";
import { entries } from "./entries.ts";
import type { BundleEntry } from "./entries.ts";
import { serveFolder } from "./serve-folder.ts";
import { chromiumPath, hasChromium, launchChromium } from "../chromium.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Returns a script that runs a program in a page: its result, or its error, becomes a global value. */
function mainText(program: string): string {
  return `
    import { run } from ${JSON.stringify(program)};
    const location = (name) => new URL("/files/" + name, document.baseURI).href;
    const read = async (name) => new Uint8Array(await (await fetch(location(name))).arrayBuffer());
    run({ location, read }).then(
      (result) => { globalThis.bundleResult = { result }; },
      (error) => { globalThis.bundleResult = { error: String(error?.stack ?? error) }; },
    );
  `;
}

/** Rounds the fractions of a result to 12 digits: Math.log may differ in its last bit from one build of V8 to the next. */
function roundFractions(result: unknown): unknown {
  const round = (_key: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(12)) : value;
  return JSON.parse(JSON.stringify(result, round));
}

function resultInNode({ run, files }: BundleEntry): Promise<unknown> {
  const location = (name: string): string => join(root, files[name] ?? name);
  return run({ location, read: (name) => Promise.resolve(new Uint8Array(readFileSync(location(name)))) });
}

describe.skipIf(!hasChromium)(`bundles in a browser (needs ${chromiumPath})`, () => {
  // Within the project, so that bundlers find its packages.
  mkdirSync(join(root, "node_modules/.bundles"), { recursive: true });
  const folder = mkdtempSync(join(root, "node_modules/.bundles/"));
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function resultInBrowser(entry: BundleEntry, bundle: Bundler, name: string): Promise<unknown> {
    const work = join(folder, `${entry.program}-${name}`);
    mkdirSync(work);
    const main = join(work, "main.ts");
    writeFileSync(main, mainText(fileURLToPath(new URL(entry.program, import.meta.url))));
    const files = Object.entries(entry.files).map(([file, path]) => [file, join(root, path)] as const);
    const { server, address } = await serveFolder(
      await bundle({ folder: work, main, ignoredWarnings: entry.ignoredWarnings }),
      Object.fromEntries(files),
    );
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    try {
      await page.goto(address);
      await page.waitForFunction("globalThis.bundleResult !== undefined", undefined, { timeout: 50_000 });
      const found = (await page.evaluate("globalThis.bundleResult")) as { result?: unknown; error?: string };
      expect(faults).toEqual([]);
      expect(found.error).toBeUndefined();
      return found.result;
    } finally {
      await page.close();
      server.close();
    }
  }

  describe.each(entries.map((entry) => [entry.uses, entry] as const))("%s", (_uses, entry) => {
    test.each(Object.entries(bundlers))(
      "gives in Chromium what it gives in Node, bundled with %s",
      async (name, bundle) => {
        const found = await resultInBrowser(entry, bundle, name);
        expect(roundFractions(found)).toEqual(roundFractions(await resultInNode(entry)));
      },
      120_000,
    );
  });
});
