import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonFaultIndex } from "./json-fault.ts";
import { scanJson } from "./json-scan.ts";

test.each([
  ['{"a":}', 5],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ["[1 2]", 3],
  ["[1]]", 3],
  ["[}", 1],
  ["", 0],
  ['"a\nb"', 2],
  ['"\\x"', 1],
  ['"abc', 4],
  ["01", 1],
  ["[1,", 3],
  ["nul", 0],
  ['{"a":[]}', undefined],
  [" [ ] ", undefined],
])("%j stops being JSON at %s", (text, index) => {
  expect(jsonFaultIndex(text)).toBe(index);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("agrees with the engine's parser on texts and on texts with a character changed", () => {
  const marks = fc.constantFrom(...'{}[]:,"\\ 0-1.e\ntrunfals\u0001');
  fc.assert(
    fc.property(fc.json(), fc.nat(), marks, fc.boolean(), (text, at, mark, inserted) => {
      const index = at % (text.length + 1);
      const changed = text.slice(0, index) + mark + text.slice(inserted ? index : index + 1);
      expect(jsonFaultIndex(text)).toBeUndefined();
      expect(jsonFaultIndex(changed) === undefined).toBe(isJson(changed));
    }),
    { seed: 11, numRuns: 2000 },
  );
});

test("space between tokens is passed, and what is no space is not", () => {
  expect(jsonFaultIndex(`{ ${" \n".repeat(1000)} }`)).toBeUndefined();
  for (const mark of ["\u0000", "\u0001", "\u00a0", "x"]) {
    const text = `{${" ".repeat(1000)}${mark}${" ".repeat(1000)}}`;
    expect(scanJson(text)).toBeUndefined();
    expect(jsonFaultIndex(text)).toBe(1001);
  }
});
