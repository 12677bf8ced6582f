import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = readFileSync(`${root}CONTRIBUTING.md`, "utf8");
const code = [...page.matchAll(/`([^`]+)`/gu)].map(([, text = ""]) => text);

/** Paths from the root in a piece of code; a folder may end in a slash. */
function findPaths(text: string): readonly string[] {
  return text.split(" ").filter((word) => /^(?:src|test|bench|docs|examples|\.ci)\/[\w./-]+$/u.test(word));
}

test("every path that CONTRIBUTING.md names exists", () => {
  const paths = code.flatMap(findPaths);
  expect(paths.length).toBeGreaterThan(50);
  expect(paths.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
});

test("every file that CONTRIBUTING.md lists after its folder exists", () => {
  const lists = [...page.matchAll(/`((?:src|test)\/[\w/-]+)` \(((?:`[\w-]+\.ts`,?\s*)+)\)/gu)];
  expect(lists.length).toBeGreaterThan(2);
  const paths = lists.flatMap(([, folder, files = ""]) =>
    [...files.matchAll(/`([^`]+)`/gu)].map(([, file]) => `${folder}/${file}`),
  );
  expect(paths.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
});

test("every script that CONTRIBUTING.md runs is in package.json", () => {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const named = code.flatMap((text) =>
    [...text.matchAll(/npm run (?:-s )?([\w:-]+)/gu)].map(([, name = ""]) => name),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});
