import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extractTerms } from "./words.ts";

describe("extractTerms English text", () => {
  test("stems words, leaves out stop words and single letters, and keeps repeats", () => {
    expect(extractTerms("The dogs were running, and a dog ran")).toEqual(["dog", "run", "dog", "run"]);
  });
  test("reads contractions and possessives", () => {
    expect(extractTerms("I don't know Ana's cat; they're O'Brien’s")).toEqual([
      "know",
      "ana",
      "cat",
      "obrien",
    ]);
  });
  test("treats accents and full-width forms as the plain word", () => {
    expect(extractTerms("Café ＣＡＦＥ cafe")).toEqual(["cafe", "cafe", "cafe"]);
  });
});

describe("extractTerms numbers and dates", () => {
  test("returns them in full and in parts", () => {
    expect(extractTerms("at 3:30 on 2023-05-07, 42")).toEqual([
      "3:30",
      "3",
      "30",
      "2023-05-07",
      "2023",
      "05",
      "07",
      "42",
    ]);
  });
});

describe("extractTerms identifiers and paths", () => {
  test.each([
    ["snake_case_name", ["snake_case_name", "snake", "case", "name"]],
    ["parseHTTPHeader", ["parsehttpheader", "pars", "http", "header"]],
    ["src/window/rank.ts", ["src/window/rank.ts", "src", "window", "rank.ts", "rank", "ts"]],
    ["user@mail.com", ["user@mail.com", "user", "mail", "com"]],
    ["store.append()", ["store.append", "store", "append"]],
    ["C++", ["c++"]],
    ["gpt-4o", ["gpt-4o", "gpt", "4o"]],
  ])("splits %s", (text, terms) => {
    expect(extractTerms(text)).toEqual(terms);
  });
  test("matches a camel-case name without stop words to its snake-case form by its parts", () => {
    expect(extractTerms("loadIndexFile").slice(1)).toEqual(extractTerms("load_index_file").slice(1));
  });
});

describe("extractTerms scripts without spaces", () => {
  test("returns every character and every pair", () => {
    expect(extractTerms("東京都")).toEqual(["東", "東京", "京", "京都", "都"]);
  });
  test("reads Korean, Japanese and Thai", () => {
    expect(extractTerms("한국")).toEqual(["한", "한국", "국"]);
    expect(extractTerms("タワー")).toEqual(["タ", "タワ", "ワ", "ワー", "ー"]);
    expect(extractTerms("ไทย")).toContain("ไท");
  });
  test("reads Latin words inside", () => {
    expect(extractTerms("新しいiPhoneを買う")).toEqual(
      expect.arrayContaining(["iphone", "phone", "買", "新し"]),
    );
  });
  test("gives the same terms for a composed and a decomposed text", () => {
    const text = "한국어がぎぐ é";
    expect(extractTerms(text.normalize("NFD"))).toEqual(extractTerms(text.normalize("NFC")));
  });
});

describe("extractTerms hostile text", () => {
  test.each([
    ["one letter", "a".repeat(20_000)],
    ["lone surrogates", "\ud800".repeat(20_000)],
    ["dots between letters", "a.".repeat(20_000)],
    ["camel humps", "aB".repeat(20_000)],
    ["apostrophes", "a'".repeat(20_000)],
    ["Han", "東".repeat(20_000)],
    ["combining marks", "e\u0301".repeat(20_000)],
  ])("does not throw on %s, and returns no term longer than 64 characters", (_, text) => {
    for (const term of extractTerms(text)) expect(term.length).toBeLessThanOrEqual(64);
  });
  test("is linear: a hundred times the text takes far less than a thousand times the time", () => {
    const time = (text: string): number => {
      // The time of this thread alone: other processes do not add to it.
      const start = process.threadCpuUsage();
      extractTerms(text);
      return process.threadCpuUsage(start).user / 1000;
    };
    time("warm a.b aB ".repeat(20_000));
    for (const piece of ["a", "a.", "aB", "a'b ", "\ud800", "東a"]) {
      const short = Math.max(1, time(piece.repeat(20_000)));
      expect(time(piece.repeat(2_000_000))).toBeLessThan(short * 1000);
    }
  });
  test("returns no terms for accents and contractions alone", () => {
    expect(extractTerms("\u0300 n't \u0301\u0302")).toEqual([]);
  });
  test("returns the same terms again for any text, none empty, none with a space", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const terms = extractTerms(text);
        expect(extractTerms(text)).toEqual(terms);
        for (const term of terms) expect(term).toMatch(/^\S+$/u);
      }),
    );
  });
});
