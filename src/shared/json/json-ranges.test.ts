import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../errors.ts";
import { listElements, maxDepth, listMembers, skipValue } from "./json-ranges.ts";

/** Writes a value as JSON with whitespace of all kinds between its tokens. */
function writeSpaced(value: unknown, blanks: readonly string[]): string {
  let turn = 0;
  const blank = (): string => blanks[turn++ % blanks.length] ?? "";
  const write = (inner: unknown): string => {
    if (Array.isArray(inner))
      return `[${blank()}${inner.map((item) => write(item) + blank()).join(`,${blank()}`)}]`;
    if (typeof inner === "object" && inner !== null) {
      const members = Object.entries(inner).map(
        ([key, item]) => `${JSON.stringify(key)}${blank()}:${blank()}${write(item)}${blank()}`,
      );
      return `{${blank()}${members.join(`,${blank()}`)}}`;
    }
    return JSON.stringify(inner);
  };
  return write(value);
}

const blankLists = fc.array(fc.constantFrom("", " ", "\n", "\r\n", "\t", "  "), {
  minLength: 1,
  maxLength: 7,
});

describe("listElements and listMembers", () => {
  test("return the ranges of the values that JSON.parse gives, for any whitespace", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), blankLists, (value, blanks) => {
        const json = writeSpaced([value, { a: value, b: "x" }], blanks);
        const ranges = listElements(json, 0);
        expect(ranges.map(({ start, end }) => JSON.parse(json.slice(start, end)) as unknown)).toEqual(
          JSON.parse(json),
        );
        const second = ranges[1]?.start ?? 0;
        const members = listMembers(json, second);
        expect(members.map((member) => member.key)).toEqual(["a", "b"]);
        const first = members[0]?.value ?? { start: 0, end: 0 };
        expect(JSON.parse(json.slice(first.start, first.end))).toEqual(
          (JSON.parse(json) as readonly unknown[])[0],
        );
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("end strings at their own quote, whatever is escaped", () => {
    for (const text of ['"', "\\", '\\"', '\\\\"', "]},:{[", "a\\", '\u2028"'.repeat(9), "\\".repeat(5000)]) {
      const json = JSON.stringify([text, { [text]: 1 }]);
      expect(listElements(json).map((range) => JSON.parse(json.slice(range.start, range.end)))).toEqual([
        text,
        { [text]: 1 },
      ]);
      expect(skipValue(json, 0)).toBe(json.length);
    }
  });

  test("return duplicate and escaped keys, decoded", () => {
    const json = '{"a":1,"\\u0061":2,"__proto__":3,"":4}';
    expect(listMembers(json).map((member) => member.key)).toEqual(["a", "a", "__proto__", ""]);
  });

  test("return nothing for empty lists and objects", () => {
    expect(listElements("[ \n]")).toEqual([]);
    expect(listMembers("{\t}")).toEqual([]);
  });

  test("read nesting up to the limit, refuse deeper nesting, and never overflow", () => {
    const nest = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(listElements(`[${nest(maxDepth)}]`)).toHaveLength(1);
    for (const depth of [maxDepth + 1, 100_000]) {
      expect(() => listElements(`[${nest(depth)}]`)).toThrow(/deeper than 1000 at offset \d+/);
    }
    expect(() => listMembers(`{"a":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`)).toThrow(/deeper/);
  });

  test("throw on a text that is not JSON, and end", () => {
    for (const json of ["", "{", "[", '["', "[1", "[1 2]", '{"a"', '{"a":}', "{a:1}", '{"a":1', "[,]"]) {
      const read = json.startsWith("{") ? listMembers : listElements;
      expect(() => read(json)).toThrow(expect.toSatisfy((e: unknown) => isLoadlineError(e, "invalid-json")));
    }
  });
});
