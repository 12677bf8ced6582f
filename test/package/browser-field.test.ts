import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { importsOf } from "../layers/read-imports.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the browser field has every module of Node that an entry imports", () => {
  const { browser } = z
    .object({ browser: z.record(z.string(), z.literal(false)) })
    .parse(JSON.parse(readFileSync(`${root}package.json`, "utf8")));
  const files = globSync("src/{shared,window,model,lab,report}/**/*.ts", { cwd: root }).filter(
    (path) => !/\.(?:test|contract|fixture)\.ts$|-fixture\.ts$|kernels\/assembly\//u.test(path),
  );
  const imported = files.flatMap((path) => {
    const text = readFileSync(root + path, "utf8").replace(/^import type [^;]*;/gmu, "");
    return importsOf(text).filter((name) => name.startsWith("node:"));
  });
  expect(Object.keys(browser).sort()).toEqual([...new Set(imported)].sort());
});
