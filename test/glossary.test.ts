import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commandTable } from "../src/cli/commands.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

/** Rows of the glossary's tables: word, meaning, names in code, commands. */
const rows = read("docs/glossary.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| word"))
  .map((line) => {
    const [word = "", meaning = "", code = "", commands = ""] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    return { word, meaning, code: namesIn(code), commands: namesIn(commands) };
  });

/** Returns the names in backticks. */
function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}

/** Returns the names that an index lists in its `export { … }`. */
function exportsOf(path: string): readonly string[] {
  return [...read(path).matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap((match) =>
    (match[1] ?? "").split(",").map((name) => name.trim().replace(/^.+ as /, "")),
  );
}

test("the glossary has each word once", () => {
  const words = rows.map(({ word }) => word);
  expect(words.length).toBeGreaterThan(50);
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});

test("the glossary gives each meaning in one sentence", () => {
  for (const { word, meaning } of rows)
    expect(`${word}: ${meaning}`).toMatch(/^[^:]+: [A-Z](?:(?!\. ).)*\.$/);
});

test("the glossary names types and functions that are public", () => {
  const names = new Set(
    ["src/index.ts", ...["window", "model", "lab", "report"].map((flow) => `src/${flow}/index.ts`)].flatMap(
      exportsOf,
    ),
  );
  expect(rows.flatMap(({ code }) => code).filter((name) => !names.has(name))).toEqual([]);
});

test("the glossary names commands that exist", () => {
  const words = new Set(Object.keys(commandTable).map((name) => name.split(" ")[0]));
  expect(rows.flatMap(({ commands }) => commands).filter((name) => !words.has(name))).toEqual([]);
});
