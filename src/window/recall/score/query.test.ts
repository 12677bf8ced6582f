import { expect, test } from "vitest";
import { findConcepts } from "../words/concepts.ts";
import { chooseSearchTerms } from "./query.ts";
import { readSignals } from "../index/signals.ts";

test("readQuery selects a concept by its heads, and finds it by its members", () => {
  expect(findConcepts("pet").some(({ heads, terms }) => heads.has("pet") && terms.includes("hamster"))).toBe(
    true,
  );
  expect(findConcepts("hamster").every(({ heads }) => !heads.has("hamster"))).toBe(true);
  expect(findConcepts("no-such-term")).toEqual([]);
});

test("chooseSearchTerms returns the words, related words and dates of a query", () => {
  const { words, related } = chooseSearchTerms({ text: "What is the name of her pet?" });
  expect(words).toEqual(["name", "pet"]);
  expect(related).toEqual(expect.arrayContaining(["hamster", "parrot"]));
  expect(related).not.toContain("pet");
});

test("chooseSearchTerms searches named dates by days, longer times by months", () => {
  const dates = (text: string): readonly string[] =>
    chooseSearchTerms({ text, now: Date.UTC(2023, 4, 9) }).dates;
  expect(dates("on 7 May 2023")).toEqual(["2023-05-07"]);
  expect(dates("last weekend")).toEqual(["2023-05-06", "2023-05-07"]);
  expect(dates("in February 2023").length).toBe(28);
  expect(dates("in 2022").length).toBe(12);
});

test("readSignals reads the form of a passage", () => {
  expect(readSignals("I went there last week.")).toEqual({ asks: false, timed: true });
  expect(readSignals("Nice! Where was that? [shares an image: a dog]")).toEqual({
    asks: true,
    timed: false,
  });
  expect(readSignals("x".repeat(1_000_000))).toEqual({ asks: false, timed: false });
});
