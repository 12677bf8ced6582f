import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readModelPrices, readPrices } from "./read-prices.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "prices-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test("readPrices takes the registry's facts, a name, or a file that replaces the facts", async () => {
  expect(await readPrices(undefined, "gpt-4o")).toMatchObject({ facts: { usd: { input: 2.5 } } });
  expect(await readPrices("anthropic", "gpt-4o")).toMatchObject({ name: "anthropic" });
  const path = await write("own.json", '{"usd":{"input":1,"output":2}}');
  const own = await readPrices(path, "gpt-4o");
  expect(own).toMatchObject({ name: undefined, facts: { contextTokens: 128_000, usd: { input: 1 } } });
  expect((await readPrices(path, undefined)).facts?.usd?.output).toBe(2);
});

test("readPrices names the file and the field of a fault", async () => {
  const broken = await write("broken.json", "{");
  await expect(readPrices(broken, "m")).rejects.toThrow(/broken.json: .*not JSON/);
  const wrong = await write("wrong.json", '{"usd":{"input":"3","output":1}}');
  await expect(readPrices(wrong, "m")).rejects.toThrow(/wrong.json: models.m.usd.input: got "3"/);
  await expect(readPrices(join(folder, "none.json"), "m")).rejects.toMatchObject({ code: "not-found" });
  await expect(readModelPrices("anthropic", "m")).rejects.toThrow(/--prices: got "anthropic"/);
});
