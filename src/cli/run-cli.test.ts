import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTokens } from "./read-options.ts";
import { runWords as run } from "./terminal.fixture.ts";

let folder = "";
let file = "";

function conversation(): unknown[] {
  const messages: unknown[] = [
    { role: "system", content: "You are an agent." },
    { role: "user", content: "fix the parser" },
  ];
  for (let index = 0; index < 20; index++) {
    const call = {
      id: `c${index}`,
      type: "function",
      function: {
        name: "read_file",
        arguments: JSON.stringify({ path: `src/file_${index % 5}.ts`, ticket: `LD-${100 + (index % 7)}` }),
      },
    };
    messages.push({ role: "assistant", content: null, tool_calls: [call] });
    messages.push({
      role: "tool",
      tool_call_id: `c${index}`,
      content: `src/file_${(index + 1) % 5}.ts LD-${100 + ((index + 3) % 7)} ${"line of code; ".repeat(40)}`,
    });
  }
  return [...messages, { role: "assistant", content: "done" }];
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-cli-"));
  file = join(folder, "agent.jsonl");
  writeFileSync(
    file,
    conversation()
      .map((message) => JSON.stringify(message))
      .join("\n"),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("loadline inspect", () => {
  test("prints what fills a conversation", async () => {
    const { code, out } = await run("inspect", file);
    expect(code).toBe(0);
    expect(out).toMatch(/tool-result\s+[\d,]+\s+\d/);
    expect(out).toContain("exact duplicates");
  });
  test("--json holds the same figures", async () => {
    const { out } = await run("inspect", file, "--json");
    const found = JSON.parse(out);
    expect(found.messages).toBe(43);
    expect(found.ledger.total).toBe(
      found.ledger.kinds.reduce((sum: number, row: { size: number }) => sum + row.size, 0),
    );
  });
});

describe("loadline replay", () => {
  test("--json holds the documented figures", async () => {
    const { code, out } = await run("replay", file, "--budget", "1k", "--prices", "anthropic", "--json");
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(found).toMatchObject({
      calls: 21,
      budgetTokens: 1000,
      overBudgetCalls: 0,
      unplannedRewrites: 0,
      lostEntries: 0,
    });
    expect(found.peakWindowTokens).toBeLessThanOrEqual(1000);
    expect(found.edits).toBeGreaterThan(0);
    expect(Object.keys(found.cost).sort()).toEqual([
      "clearOldResults",
      "loadline",
      "newestFirst",
      "unmanaged",
    ]);
    expect(found.cost.loadline).toBeLessThan(found.cost.newestFirst);
    expect(found.argumentsPresent.loadline).toBeGreaterThanOrEqual(found.argumentsPresent.newestFirst);
  });
  test("prints a table, every call with --calls, and writes a page", async () => {
    const page = join(folder, "out.html");
    const { code, out } = await run("replay", file, "--budget", "1,000", "--calls", "--report", page);
    expect(code).toBe(0);
    expect(out).toContain("newest first, trimmed on every call");
    expect(out).toMatch(/e1 (?:evict|clear-results), forced/);
    expect(readFileSync(page, "utf8")).toMatch(/^<!doctype html>/i);
  });
  test("refuses a report that cannot be written", async () => {
    const { code, error } = await run(
      "replay",
      file,
      "--budget",
      "1000",
      "--report",
      join(folder, "no", "out.html"),
    );
    expect(code).toBe(9);
    expect(error).toMatch(/file-unwritable/);
  });
});

describe("loadline recall", () => {
  test("prints what is relevant to a question, with reasons", async () => {
    const { code, out } = await run(
      "recall",
      file,
      "--query",
      "which file belongs to LD-103?",
      "--budget",
      "500",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/came back, \d+ of 500 tokens/);
    expect(out).toContain("why:");
  });
});

describe("faults", () => {
  test.each([
    [["inspect", "/nowhere.json"], 5, /not-found.*nowhere\.json: there is no such file/],
    [["replay", "FILE", "--budget", "many"], 2, /--budget: got "many", allowed: a number of tokens/],
    [["replay", "FILE"], 2, /--budget <N> is required/],
    [
      ["replay", "FILE", "--budget", "5", "--pricse", "x"],
      2,
      /unknown option '--pricse' \(Did you mean --prices\?\)/,
    ],
    [["replay", "FILE", "--budget", "500", "--prices", "acme"], 2, /prices: got "acme"/],
    [["explode"], 2, /unknown command 'explode'/],
  ] as const)("%j", async (words, code, message) => {
    const result = await run(...words.map((word) => (word === "FILE" ? file : word)));
    expect(result.code).toBe(code);
    expect(result.error).toMatch(message);
  });
  test("refuses a file that is not a conversation, in one line", async () => {
    const bad = join(folder, "bad.json");
    writeFileSync(bad, '{"a": [1, 2');
    const { code, error } = await run("inspect", bad);
    expect(code).toBe(3);
    expect(error.split("\n")).toHaveLength(1);
  });
  test("prints help for the program and for each command", async () => {
    expect((await run("--help")).out).toContain("replay");
    for (const name of ["inspect", "replay", "recall"])
      expect((await run(name, "--help")).out).toContain("--json");
    expect((await run("--version")).out).toBe("0.0.0");
    expect((await run()).code).toBe(2);
  });
});

test("reads token counts in the forms people write", () => {
  expect([
    readTokens("b", "32000"),
    readTokens("b", "32k"),
    readTokens("b", "1.5m"),
    readTokens("b", "32,000"),
  ]).toEqual([32_000, 32_000, 1_500_000, 32_000]);
});
