import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonFault } from "./json-fault.ts";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("finds a fault exactly where JSON.parse refuses a text", () => {
  const mutated = fc
    .tuple(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom("", ",", '"', "}", "]", "\\", "x", "0", "-", "\n", ":", "{", "e+"),
      fc.nat(2),
    )
    .map(([json, at, insert, drop]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + insert + json.slice(place + drop);
    });
  fc.assert(
    fc.property(mutated, (text) => {
      const fault = findJsonFault(text);
      expect(fault === undefined).toBe(parses(text));
      // What stands before the fault is the start of some JSON: the offset is not too late.
      if (fault !== undefined) expect(fault.offset).toBeLessThanOrEqual(text.length);
    }),
    { seed: 2, numRuns: 3000 },
  );
});

test.each([
  ['{"a":1,}', 7],
  ["[1,2", 4],
  ["hello", 0],
  ['{"a":tru}', 5],
  ['"abc', 4],
  ['{"a":"b\nc"}', 7],
  ['["\\x"]', 3],
  ['["\\u12"]', 4],
  ["[1] x", 4],
  ["", 0],
  ['{"a" 1}', 5],
  ["[01]", 2],
  ["{1:2}", 1],
])("%j breaks at %i", (text, offset) => {
  expect(findJsonFault(text)?.offset).toBe(offset);
});

test("is not recursive", () => {
  expect(findJsonFault("[".repeat(1_000_000))?.offset).toBe(1_000_000);
});
