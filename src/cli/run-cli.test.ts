import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTokens } from "./read-options.ts";
import { errorCodes } from "../shared/errors.ts";
import { runCli } from "./run-cli.ts";
import { captureTerminal, runWords as run } from "./terminal.fixture.ts";

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

describe("standard input", () => {
  async function pipe(input: string, ...words: readonly string[]): Promise<{ code: number; out: string }> {
    const { terminal, out } = captureTerminal(input);
    return { code: await runCli(words, terminal, "0.0.0"), out: out() };
  }
  test("- is a conversation", async () => {
    const { code, out } = await pipe(readFileSync(file, "utf8"), "inspect", "-");
    expect([code, out.split("\n")[0]]).toEqual([0, expect.stringMatching(/^standard input: 43 messages/)]);
  });
  test("- is a model, recognised by its content", async () => {
    const config = JSON.stringify({
      model_type: "llama",
      hidden_size: 64,
      intermediate_size: 128,
      num_attention_heads: 4,
      num_hidden_layers: 2,
      vocab_size: 1000,
      max_position_embeddings: 128,
    });
    const { code, out } = await pipe(config, "size", "-");
    expect([code, out]).toEqual([0, expect.stringContaining("2 layers")]);
  });
  test("- is a network, recognised by its content", async () => {
    const network = JSON.stringify({
      input: { shape: [4], type: "float32" },
      layers: [{ type: "dense", units: 3, activation: "softmax" }],
    });
    const { code, out } = await pipe(network, "plan", "-", "--memory", "1MiB");
    expect([code, out]).toEqual([0, expect.stringContaining("dense 3 softmax")]);
  });
});

describe("JSON", () => {
  test("has the version of its form, also for errors", async () => {
    expect(JSON.parse((await run("inspect", file, "--json")).out)).toMatchObject({ schemaVersion: 1 });
    const { code, error } = await run("inspect", "/nowhere.json", "--json");
    expect(JSON.parse(error)).toEqual({
      schemaVersion: 1,
      error: {
        code: "not-found",
        message: "/nowhere.json: no such file",
        details: { path: "/nowhere.json" },
        exitCode: 5,
      },
    });
    expect(code).toBe(5);
  });
});

test("help of a command is the command's own, also by `help train mnist`", async () => {
  expect((await run("help", "train", "mnist")).out).toBe((await run("train", "mnist", "--help")).out);
  expect((await run("help")).out).toBe((await run("--help")).out);
});

test.each([40, 60, 80])("the text of commands fits %i columns", async (columns) => {
  const texts = await Promise.all(
    [
      ["inspect", file],
      ["replay", file, "--budget", "1k"],
      ["recall", file, "--query", "which file belongs to LD-103?"],
      ["devices", "h100"],
    ].map(async (words) => {
      const { terminal, out } = captureTerminal("", { columns });
      expect(await runCli(words, terminal, "0.0.0")).toBe(0);
      return out();
    }),
  );
  const { terminal, out } = captureTerminal("", { columns });
  await runCli(["size", "--help"], terminal, "0.0.0");
  const [help = ""] = out().split("Examples:");
  for (const line of [...texts, help].join("\n").split("\n"))
    expect(line.length, line).toBeLessThanOrEqual(columns);
});

test("an option's value may begin with dashes behind an equals sign", async () => {
  expect((await run("recall", file, "--query=--json")).code).toBe(0);
});

test("controls of a file do not reach the output, as text or as JSON", async () => {
  const path = join(folder, "controls.json");
  const hostile = "\u001b[2J\u009b31m\u202e\r\nx";
  const call = { id: "c", type: "function", function: { name: `read${hostile}`, arguments: "{}" } };
  writeFileSync(
    path,
    JSON.stringify([
      { role: "user", content: hostile },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "c", content: hostile },
    ]),
  );
  for (const words of [
    ["inspect", path],
    ["inspect", path, "--json"],
  ]) {
    const { code, out } = await run(...words);
    expect([code, /[^\P{Cc}\n]|\u202e/u.test(out)]).toEqual([0, false]);
  }
  const { largest } = JSON.parse((await run("inspect", path, "--json")).out);
  expect(JSON.stringify(largest)).toContain("\u202e");
});

test("a replay whose fixed parts exceed the budget does not claim that all calls kept it", async () => {
  const { out } = await run("replay", file, "--budget", "10");
  expect(out).toMatch(/calls over the budget: 21, in 21 of which the parts that always stay/);
});

test("documents each exit code of the table of errors", () => {
  const text = readFileSync(new URL("../../docs/command.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^\| (\d+) \| ([^|]*) \|/gmu)].map((row) => [
    Number(row[1]),
    [...(row[2] ?? "").matchAll(/`([\w-]+)`/gu)].map((code) => code[1]).sort(),
  ]);
  const table = Map.groupBy(errorCodes(), (row) => row.exitCode);
  const expected = [...table].map(([exitCode, rows]) => [exitCode, rows.map(({ code }) => code).sort()]);
  for (const row of expected) expect(documented).toContainEqual(row);
});

describe("faults", () => {
  test.each([
    [["help", "nothing"], 2, /unknown command 'nothing'/],
    [["inpsect", "--help"], 2, /unknown command 'inpsect' \(Did you mean inspect\?\)/],
    [["train", "mnits", "--help"], 2, /Did you mean mnist\?/],
    [["recall", "FILE", "--query", "--json"], 2, /--query needs a value, but \\?"--json/],
    [["recall", "FILE", "--query="], 2, /--query: got ""/],
    [["replay", "FILE", "--budget", "5", "--report="], 9, /"": is not a file name/],
    [["sweep", "mnist", "--depth", "0..9999999999"], 2, /--depth: got "0..9999999999", allowed: ranges/],
    [["train", "mnist", "--threads", "999"], 2, /--threads: got 999/],
    [["inspect", "no\nsuch.json"], 5, /no\\nsuch\.json: no such file/],
    [["inspect", "/nowhere.json"], 5, /not-found.*nowhere\.json: no such file/],
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
