import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findJsonFault } from "./find-json-fault.ts";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("findJsonFault finds a fault exactly where JSON.parse refuses a text", () => {
  const pieces = ["", ",", '"', "}", "]", "\\", "x", "0", "-", "\n", ":", "{", "e+", "[", ".", "\u0001"];
  const words = ["true", "false", "null", "t", " ", "1"];
  const mutated = fc
    .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...pieces, ...words), fc.nat(2))
    .map(([json, at, insert, drop]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + insert + json.slice(place + drop);
    });
  fc.assert(
    fc.property(mutated, (text) => {
      const fault = findJsonFault(text);
      expect(fault === undefined).toBe(parses(text));
      // What is before the fault is the start of some JSON: the offset is not too late.
      if (fault !== undefined) expect(fault.offset).toBeLessThanOrEqual(text.length);
    }),
    { seed: 2, numRuns: 5000 },
  );
});

test.each([
  ['{"a":1,}', 7, '"}"', "a key in double quotes"],
  ["[1,2", 4, "the end of the text", ", or ]"],
  ["hello", 0, '"h"', "a JSON value"],
  ['{"a":tru}', 5, '"t"', "a JSON value"],
  ['"abc', 4, "the end of the text", "the closing quote of a string"],
  ['{"a":"b\nc"}', 7, '"\\n"', "an escaped control character"],
  ['["\\x"]', 3, '"x"', 'one of " \\ / b f n r t u'],
  ['["\\u12"]', 4, '"1"', "four hex digits"],
  ["[1] x", 4, '"x"', "the end of the text"],
  ["", 0, "the end of the text", "a JSON value"],
  ['{"a" 1}', 5, '"1"', ":"],
  ["[01]", 2, '"1"', ", or ]"],
  ["01", 1, '"1"', "the end of the text"],
  ["{1:2}", 1, '"1"', "a key in double quotes"],
  ['{"a":}', 5, '"}"', "a JSON value"],
  ["[1 2]", 3, '"2"', ", or ]"],
  ["[1]]", 3, '"]"', "the end of the text"],
  ["[}", 1, '"}"', "a JSON value"],
  ["[1,", 3, "the end of the text", "a JSON value"],
  ["[\u{1f600}]", 1, '"\u{1f600}"', "a JSON value"],
])("findJsonFault finds the break of %j at %i", (text, offset, got, allowed) => {
  expect(findJsonFault(text)).toEqual({ offset, got, allowed });
});

test("findJsonFault accepts JSON with empty lists and padding", () => {
  for (const text of ['{"a":[]}', " [ ] ", `{ ${" \n".repeat(1000)} }`]) {
    expect(findJsonFault(text)).toBeUndefined();
  }
});

test("findJsonFault is not recursive", () => {
  expect(findJsonFault("[".repeat(1_000_000))?.offset).toBe(1_000_000);
});

test("findJsonFault accepts only JSON's four whitespace characters", () => {
  for (const mark of ["\u0000", "\u0001", "\u00a0", "x", "\u{1f600}"]) {
    const text = `{${" ".repeat(1000)}${mark}${" ".repeat(1000)}}`;
    expect(findJsonFault(text)?.offset).toBe(1001);
  }
});
