import { describe, expect, test } from "vitest";
import { exceptions } from "./exceptions.ts";
import { findFaultsInText, findFaults, findFullFolders, formatFault, listFiles } from "./find-faults.ts";
import { findDocstrings } from "./find-docstrings.ts";
import { phrases } from "./phrases.ts";
import { readSource } from "./source-text.ts";

/** Returns what the checker finds in a text, without places. */
function found(path: string, text: string): readonly string[] {
  return findFaultsInText(path, text).map((fault) => fault.found);
}

describe("the project", () => {
  const files = listFiles();

  test("has many checked files", () => expect(files.length).toBeGreaterThan(500));

  test("keeps to the wording and the dialect", () => expect(findFaults(files).map(formatFault)).toEqual([]));

  test("has a reason for each exception, in a file that is there", () => {
    for (const { path, text, reason } of exceptions) {
      expect(files).toContain(path);
      expect(text.length).toBeGreaterThan(2);
      expect(reason.length).toBeGreaterThan(10);
    }
  });
});

describe("a phrase", () => {
  test("is found in comments, strings and templates, and not in identifiers or modules", () => {
    expect(found("src/a.ts", 'const told = "a"; // What it was told.')).toEqual(["told"]);
    expect(found("src/a.ts", "const a = `it stands ${told} beside`;")).toEqual(["stands", "beside"]);
    expect(found("src/a.ts", 'import { a } from "./beside.ts"; export { b } from "./beside.ts";')).toEqual(
      [],
    );
    expect(found("src/a.ts", "const asked = 1; const b = { lies: asked };")).toEqual([]);
  });

  test("is found as a whole word, across the end of a line, with its line", () => {
    expect(found("src/a.ts", "// It relies on this; outstanding.")).toEqual([]);
    const text = "/**\n * A sentence. It is\n * no model.\n */\nconst a = 1;";
    expect(findFaultsInText("src/a.ts", text)).toEqual([
      { path: "src/a.ts", line: 2, found: "is no model", instead: "is not a …, cannot …" },
    ]);
  });

  test("is found in test titles; other strings of a test are data", () => {
    expect(found("src/a.test.ts", 'test("it was asked", () => expect("told").toBe("told"));')).toEqual([
      "asked",
    ]);
    expect(found("src/a.test.ts", 'test.each([["told"]])("it lies", () => {});')).toEqual(["lies"]);
  });

  test("is found in documents outside code", () => {
    expect(found("docs/a.md", "It stands `beside` this.\n\n```sh\ntold\n```\n")).toEqual(["stands"]);
    expect(found("docs/a.md", '```ts\n// It was asked.\nconst a = "told";\n```\n')).toEqual(["asked"]);
  });

  test("is left alone where the words are English", () => {
    for (const text of [
      "There is no model.",
      "It is no longer needed.",
      "A training run takes so much more.",
      "This file has not been read.",
      "A file that has no header.",
    ])
      expect(found("docs/a.md", text)).toEqual([]);
    for (const text of [
      "A training takes long.",
      "It is none.",
      "They are no files.",
      "which attention has not.",
    ])
      expect(found("docs/a.md", text)).toHaveLength(1);
  });

  test("has something to write in its place", () => {
    for (const { pattern, instead } of phrases) {
      expect(pattern.flags).toBe("gi");
      expect(instead).not.toBe("");
    }
  });
});

describe("a docstring", () => {
  const found = (text: string): readonly string[] =>
    findDocstrings(readSource("src/a.ts", text, false)).map((fault) => fault.found);

  test("of a function begins with a verb", () => {
    expect(found("/** The total. */\nexport function total() {}")).toEqual([
      "docstring of total: The total.",
    ]);
    expect(found("/**\n * True where it fits.\n */\nfunction fits() {}")).toHaveLength(1);
    expect(found("/** Returns the total. */\nfunction total() {}")).toEqual([]);
    expect(found("/** The total. */\nconst total = 1;")).toEqual([]);
  });
});

describe("the dialect", () => {
  test("names limits max… and min…", () => {
    expect(found("src/a.ts", "const mostTries = f();")).toEqual(["mostTries"]);
    expect(found("src/a.ts", "const longestWait = 64 * 1024;")).toEqual(["longestWait"]);
    expect(found("src/a.ts", "interface A { readonly leastPercent: number }")).toEqual(["leastPercent"]);
    expect(found("src/a.ts", "const longestPath = f(); const maxTries = 3;")).toEqual([]);
  });

  test("begins comments with a capital letter, a name or code", () => {
    expect(found("src/a.ts", "// small letters\n// go on\nf();")).toEqual(['comment "small letters"']);
    for (const comment of [
      "// Capitals\n// go on",
      "// n_ctx is a name",
      "/** `code` */",
      "// 3 x 4",
      "// vLLM",
      "// y = 2",
    ])
      expect(found("src/a.ts", `${comment}\nf();`)).toEqual([]);
  });

  test("lists failures as Errors:", () => {
    expect(found("src/a.ts", "/** Reads. Throws `not-found`. */\nf();")).toEqual(["Throws"]);
    expect(found("src/a.ts", "/** Reads. Errors: `not-found`. */\nf();")).toEqual([]);
  });

  test("increments by one with ++", () => {
    expect(found("src/a.ts", "a += 1; for (;; b -= 1) f(); c += 2; d = e += 1;")).toEqual(["+= 1", "-= 1"]);
  });

  test("names functions by verbs", () => {
    for (const name of ["numbered", "vllmSized", "keptLayers", "groupedBy"])
      expect(found("src/a.ts", `function ${name}() {}`)).toEqual([`function ${name}`]);
    for (const name of [
      "number",
      "embedText",
      "readAll",
      "isTagged",
      "removeUnused",
      "hasKept",
      "lockedError",
    ])
      expect(found("src/a.ts", `function ${name}() {}`)).toEqual([]);
  });

  test("keeps folders to 20 source files, tests not counted", () => {
    const files = (count: number, ending: string): readonly string[] =>
      Array.from({ length: count }, (_, index) => `src/a/f${index}${ending}`);
    expect(findFullFolders([...files(20, ".ts"), ...files(9, ".test.ts")])).toEqual([]);
    expect(findFullFolders(files(21, ".ts"))).toHaveLength(1);
  });
});
