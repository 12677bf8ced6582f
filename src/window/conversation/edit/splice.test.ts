import { expect, test } from "vitest";
import { splice } from "./splice.ts";

test("splice replaces ranges and leaves the rest", () => {
  expect(splice("0123456789", [])).toBe("0123456789");
  expect(
    splice("0123456789", [
      { start: 0, end: 1, text: "" },
      { start: 4, end: 4, text: "x" },
      { start: 4, end: 6, text: "yz" },
      { start: 9, end: 10, text: "!" },
    ]),
  ).toBe("123xyz678!");
});

test.each([
  [[{ start: 3, end: 2, text: "" }]],
  [[{ start: 0, end: 11, text: "" }]],
  [[{ start: -1, end: 2, text: "" }]],
  [[{ start: Number.NaN, end: 2, text: "" }]],
  [
    [
      { start: 4, end: 6, text: "" },
      { start: 5, end: 7, text: "" },
    ],
  ],
  [
    [
      { start: 4, end: 6, text: "" },
      { start: 1, end: 2, text: "" },
    ],
  ],
])("splice refuses the edits %j", (edits) => {
  expect(() => splice("0123456789", edits)).toThrow(/allowed: sorted ranges/);
});
