import { expect, test } from "vitest";
import { findDateRanges, listDateWords } from "./dates.ts";

/** Wednesday, 19 July 2023, noon. */
const now = Date.UTC(2023, 6, 19, 12);
const context = { now, earliest: Date.UTC(2022, 10, 1), latest: Date.UTC(2023, 11, 1) };

function listRanges(text: string): readonly string[] {
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
  return findDateRanges(text, context).map(({ from, to }) => `${day(from)} ${day(to)}`);
}

test.each([
  ["on 7 May 2023", ["2023-05-07 2023-05-08"]],
  ["May 7th, 2023", ["2023-05-07 2023-05-08"]],
  ["the 7th of May, 2023", ["2023-05-07 2023-05-08"]],
  ["2023-05-07", ["2023-05-07 2023-05-08"]],
  ["in May 2023", ["2023-05-01 2023-06-01"]],
  ["in June", ["2022-06-01 2022-07-01", "2023-06-01 2023-07-01"]],
  ["on 3 March", ["2022-03-03 2022-03-04", "2023-03-03 2023-03-04"]],
  ["in 2022", ["2022-01-01 2023-01-01"]],
  ["in late August", ["2022-08-01 2022-09-01", "2023-08-01 2023-09-01"]],
  ["yesterday", ["2023-07-18 2023-07-19"]],
  ["today", ["2023-07-19 2023-07-20"]],
  ["last week", ["2023-07-10 2023-07-17"]],
  ["last weekend", ["2023-07-15 2023-07-17"]],
  ["last month", ["2023-06-01 2023-07-01"]],
  ["two weeks ago", ["2023-07-03 2023-07-10"]],
  ["3 years ago", ["2020-01-01 2021-01-01"]],
  ["last Friday", ["2023-07-14 2023-07-15"]],
  ["last Wednesday", ["2023-07-12 2023-07-13"]],
  ["on 31 June 2023", []],
  ["on 2023-13-01", []],
  ["I may march on", []],
  ["room 2023", []],
])("findDateRanges reads %s", (text, expected) => {
  expect(listRanges(text)).toEqual(expected);
});

test("findDateRanges ignores relative words without a now", () => {
  expect(findDateRanges("yesterday, last week, two days ago")).toEqual([]);
});

test("findDateRanges ignores a month without a year if no time is known", () => {
  expect(findDateRanges("in June")).toEqual([]);
});

test("findDateRanges returns several dates in order, once each", () => {
  expect(listRanges("from 9 May 2023 to 7 May 2023, and 2023-05-09")).toEqual([
    "2023-05-07 2023-05-08",
    "2023-05-09 2023-05-10",
  ]);
});

test("findDateRanges does not make thousands of ranges for a wrong clock", () => {
  expect(findDateRanges("in June", { earliest: Date.UTC(0), latest: Date.UTC(9000, 0) }).length).toBeLessThan(
    50,
  );
});

test("listDateWords returns the words of a time", () => {
  expect(listDateWords(now)).toEqual(["2023", "2023-07", "2023-07-19", "july", "wednesday"]);
  expect(listDateWords(Number.NaN)).toEqual([]);
});
