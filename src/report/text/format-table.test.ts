import * as fc from "fast-check";
import stringWidth from "fast-string-width";
import { describe, expect, test } from "vitest";
import {
  cutToWidth,
  fitLines,
  formatInteger,
  formatParagraph,
  formatPercent,
  formatTable,
} from "./format-table.ts";
import { plainLayout, plainStyle } from "./text-style.ts";

const at = (columns: number): { readonly columns: number; readonly style: typeof plainStyle } => ({
  columns,
  style: plainStyle,
});
const widest = (text: string): number => Math.max(...text.split("\n").map((line) => stringWidth(line)));

describe("table", () => {
  test("aligns wide characters, which take two places each", () => {
    const lines = formatTable(
      ["name", "tokens"],
      [
        ["日本語", "1"],
        ["abc", "22"],
      ],
    ).split("\n");
    expect(lines).toEqual(["name    tokens", "──────  ──────", "日本語       1", "abc         22"]);
  });

  test("wraps a last column of text where the line ends", () => {
    const why = "a reason that is longer than the terminal is wide, so it has to be wrapped";
    expect(formatTable(["n", "why"], [["1", why]], [0, 1], at(40)).split("\n")).toEqual([
      "n  why",
      "─  ───",
      "1  a reason that is longer than the",
      "   terminal is wide, so it has to be",
      "   wrapped",
    ]);
  });

  test("becomes one block per row where the columns do not fit", () => {
    const head = ["strategy", "input cost", "peak window", "calls over the budget"];
    const rows = [["everything sent", "809,398", "103,099", "114"]];
    expect(formatTable(head, rows, [0], at(40)).split("\n")).toEqual([
      "everything sent",
      "  input cost             809,398",
      "  peak window            103,099",
      "  calls over the budget  114",
    ]);
  });

  test("never exceeds the terminal, whatever the cells are", () => {
    const cell = fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/\s/gu, " "));
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 160 }),
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
        fc.boolean(),
        (columns, rows, isOpen) => {
          const text = formatTable(["first", "second", "third"], rows, isOpen ? [0, 2] : [0], at(columns));
          expect(widest(text)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

test("a paragraph is wrapped and indented", () => {
  const text = "note: one two three four five six seven";
  expect(formatParagraph(text, at(30), "  ").split("\n")).toEqual([
    "note: one two three four",
    "  five six seven",
  ]);
});

test("a paragraph keeps its own indent", () => {
  const text = "  note: one two three four five six seven";
  expect(formatParagraph(text, at(30), "    ").split("\n")).toEqual([
    "  note: one two three four",
    "    five six seven",
  ]);
});

test("numbers are grouped, and shares of nothing are a dash", () => {
  expect([formatInteger(1234567.4), formatInteger(-0.2), formatPercent(1, 3), formatPercent(0, 0)]).toEqual([
    "1,234,567",
    "0",
    "33.3 %",
    "-",
  ]);
});

test("fits every line into the terminal, and leaves lines that fit as they are", () => {
  const long = "  kind: 漢字漢字 😀😀 and more words than one line of the terminal can hold";
  const fitted = fitLines(`short  line\n${long}`, { columns: 40 }).split("\n");
  expect(fitted[0]).toBe("short  line");
  expect(fitted.slice(2).every((line) => line.startsWith("    "))).toBe(true);
  expect(Math.max(...fitted.map((line) => stringWidth(line)))).toBeLessThanOrEqual(40);
  expect(fitLines(long, { columns: Infinity })).toBe(long);
});

test("wraps the first cell of a record, which is its heading", () => {
  const narrow = { ...plainLayout, columns: 40 };
  const table = formatTable(["item", "bytes", "note"], [["word ".repeat(20).trim(), "1", "n"]], [0], narrow);
  expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(40);
});

test("cuts at whole characters, wide ones counting twice", () => {
  expect([cutToWidth("漢字😀", 5), cutToWidth("😀😀", 3), cutToWidth("漢", 1), cutToWidth("", 3)]).toEqual([
    "漢字",
    "😀",
    "漢",
    "",
  ]);
});
