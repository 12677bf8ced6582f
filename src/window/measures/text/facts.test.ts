import { describe, expect, test } from "vitest";
import { extractFacts } from "./facts.ts";

const valuesOf = (text: string): string[] => extractFacts(text).map((fact) => fact.value);

describe("extractFacts", () => {
  test("JSON gives its values, and keys only where they are identifiers themselves", () => {
    const text = JSON.stringify({
      name: "Amélie Poulain",
      payment: { card_4421486: { last: 7447 } },
      seats: 2,
      ok: true,
    });
    expect(valuesOf(text)).toEqual(["Amélie Poulain", "card_4421486", "7447"]);
  });
  test("text gives identifiers, dates, paths, addresses, names and calls", () => {
    const found = valuesOf(
      "Call parse(input.json) in src/read/file.ts:12 for Ann Lee <ann@example.org> on 2024-05-20, order HAT136.",
    );
    for (const value of [
      "parse(input.json)",
      "src/read/file.ts:12",
      "ann@example.org",
      "2024-05-20",
      "HAT136",
    ])
      expect(found).toContain(value);
    expect(found).not.toContain("order");
  });
  test("a capitalized word at the start of a sentence weighs less than a name", () => {
    const weights = new Map(
      extractFacts("Please meet Rosalind. Please").map((fact) => [fact.value, fact.weight]),
    );
    expect(weights.get("Rosalind")).toBeGreaterThan(weights.get("Please") ?? 1);
  });
  test("extractFacts lists each fact once and skips values that are too short or too long", () => {
    expect(valuesOf(`AB1 HAT136 HAT136 ${"x1".repeat(60)}`)).toEqual(["HAT136"]);
  });
  test("extractFacts stays linear on a million characters of each hostile shape", () => {
    for (const unit of ["a", "a/", "A_", "a.", "1", "a@", "Ab ", "f(", "{", '{"a":', "-", "\ud800"]) {
      expect(extractFacts(unit.repeat(1_000_000 / unit.length)).length).toBeLessThanOrEqual(4_000);
    }
  });
});
