import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findExcess } from "./find-excess.ts";

const limits = { maxDepth: 5, maxValues: 20, maxKeys: 9 };
const wide = { maxDepth: 1000, maxValues: 1e6, maxKeys: 1e6 };

test.each([
  ["[[[[[[0]]]]]]", 5, "nesting deeper than 5"],
  [`{"a":${"[".repeat(100_000)}`, 9, "nesting deeper than 5"],
  [`[${"0,".repeat(30)}0]`, 40, "more than 20 values"],
  [
    `{${Array.from({ length: 10 }, (_, index) => `"${index}":0`).join()}}`,
    55,
    "more than 9 keys in an object",
  ],
  ['{"a":1,"a":2}', 7, "a key twice"],
  ['{"a":1,"\\u0061":2}', 7, "a key twice"],
  ['[{"é":1,"b":{"é":1},"é":2}]', 20, "a key twice"],
  ['{"a":{"__proto__":1}}', 6, "the key __proto__"],
  ['{"\\u005f_proto__":1}', 1, "the key __proto__"],
])("findExcess refuses %s", (text, offset, got) => {
  expect(findExcess(text, limits)).toMatchObject({ offset, got });
});

test("findExcess accepts what the limits allow", () => {
  for (const text of ["[[[[[0]]]]]", '[{"a":1},{"a":2}]', '{"a":"__proto__"}', '["{[{[{[{["]'])
    expect(findExcess(text, limits)).toBeUndefined();
  expect(findExcess('{"__proto__":1}', { ...limits, allowProto: true })).toBeUndefined();
  expect(findExcess('{"a":1,"b":{"a":-1.5e3}}', limits)).toBeUndefined();
});

test.each(["4.0", "-4", "4e0", "4E1", "-0", "1.5"])(
  "findExcess refuses %s where only digits are allowed",
  (number) => {
    expect(findExcess(`{"a":[${number}]}`, { ...limits, digitsOnly: true })).toMatchObject({
      allowed: "a whole number in digits",
    });
    expect(findExcess(`["${number}",true,false,null,12]`, { ...limits, digitsOnly: true })).toBeUndefined();
  },
);

test("findExcess accepts every text of the engine's writer within wide limits", () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (text) => {
      const fault = findExcess(text, wide);
      if (!text.includes("__proto__")) expect(fault).toBeUndefined();
    }),
    { seed: 11, numRuns: 1000 },
  );
});

test("findExcess leaves the grammar to the parser, and ends", () => {
  for (const text of ["", '"', '{"a', "]]]", "\u0000\u0001", `{${" ".repeat(1000)}\u00a0`, '{"\\'])
    expect(findExcess(text, wide)).toBeUndefined();
});
