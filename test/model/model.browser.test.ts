import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesSource, describeModel, llamaCppLedger, plan, readModelFile } from "../../src/model/index.ts";
import { catalogue } from "./architectures/catalogue.ts";
import { writeGgufHeader } from "./write-gguf.ts";
import { chromiumPath, hasChromium, launchChromium } from "../chromium.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs in the page: everything from the file that a user chose to the plan. */
const script = `
  import { blobSource, describeModel, llamaCppLedger, openModel, plan, readModelFile, trainingLedger } from "/src/model/index.ts";
  const bytes = new Uint8Array(await (await fetch("/header.gguf")).arrayBuffer());
  const description = describeModel(await readModelFile(blobSource("header.gguf", new Blob([bytes]))));
  const opened = await openModel(new URL("/header.gguf", location.href).href);
  const again = describeModel(await readModelFile(opened));
  document.title = JSON.stringify({
    ledger: llamaCppLedger(description, { contextTokens: 8192 }).totalBytes,
    again: llamaCppLedger(again, { contextTokens: 8192 }).totalBytes,
    plans: plan(description, "chat", { budgetBytes: 8 * 2 ** 30 }).plans.length,
    training: trainingLedger(description, { batch: 1, sequence: 512 }).totalBytes > 0,
  });
`;

function serve(header: Uint8Array): Server {
  return createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/") {
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><link rel="icon" href="data:,"><script type="module">${script}</script>`);
    } else if (path === "/header.gguf") response.end(header);
    else if (/^\/src\/[\w./-]+\.ts$/u.test(path) && !path.includes("..")) {
      response.setHeader("content-type", "text/javascript");
      response.end(stripTypeScriptTypes(readFileSync(`${root}${path}`, "utf8")));
    } else if (/^\/src\/[\w./-]+\.json$/u.test(path) && !path.includes("..")) {
      response.setHeader("content-type", "application/json");
      response.end(readFileSync(`${root}${path}`));
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
}

describe.skipIf(!hasChromium)(`the model in a browser (needs ${chromiumPath})`, () => {
  const header = writeGgufHeader((catalogue["gemma3"] as () => Parameters<typeof writeGgufHeader>[0])());
  const server = serve(header);
  let browser: Browser;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test("reads a header, computes a ledger and plans, with the same figures as Node", async () => {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("document.title !== ''", undefined, { timeout: 30_000 });
    const description = describeModel(await readModelFile(bytesSource("header.gguf", header)));
    const ledger = llamaCppLedger(description, { contextTokens: 8192 }).totalBytes;
    expect(JSON.parse(await page.title())).toEqual({
      ledger,
      again: ledger,
      plans: plan(description, "chat", { budgetBytes: 8 * 2 ** 30 }).plans.length,
      training: true,
    });
    expect(said).toEqual([]);
  });
});
