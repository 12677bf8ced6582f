import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compactJson } from "./compact-json.ts";

/** Writes every character outside ASCII as an escape, as Python's `json.dumps` does. */
function escapeAll(json: string): string {
  return json.replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

describe("compactJson", () => {
  test("returns what JSON.stringify writes, however the value was written", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.nat(4), (value, indent) => {
        const compact = JSON.stringify(value);
        expect(compactJson(JSON.stringify(value, undefined, indent))).toBe(compact);
        expect(compactJson(escapeAll(JSON.stringify(value, undefined, indent)))).toBe(compact);
      }),
      { seed: 13, numRuns: 500 },
    );
  });
  test("keeps the digits of numbers, and the escapes that JSON requires", () => {
    expect(compactJson('{ "id": 9007199254740993, "big": 1e400 }')).toBe(
      '{"id":9007199254740993,"big":1e400}',
    );
    expect(compactJson(String.raw`["a\nb", "\u0022\u005c\u0007", "\u4e2d\/\ud83d\ude00"]`)).toBe(
      String.raw`["a\nb","\u0022\u005c\u0007","中/😀"]`,
    );
  });
  test("keeps blanks inside strings and makes unpaired surrogates well-formed", () => {
    expect(compactJson('[ "a  b", " " ]')).toBe('["a  b"," "]');
    expect(compactJson(String.raw`["\ud83d"]`).isWellFormed()).toBe(true);
  });
});
