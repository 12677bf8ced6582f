import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findLayerFaults, findNodeFaults, findRings, findStyleFaults, folderOf } from "./find-faults.ts";
import { layerTable } from "./layer-table.ts";
import { importsOf } from "./read-imports.ts";
import type { SourceFile } from "./read-imports.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

function sourceFiles(): readonly SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  return (
    listed
      .split("\n")
      .filter((path) => /^(?:src|web|bench|examples|test)\//.test(path) && existsSync(root + path))
      // AssemblyScript: another language with the same file ending.
      .filter((path) => !path.startsWith("src/lab/kernels/assembly/"))
      .map((path) => ({ path, text: readFileSync(root + path, "utf8") }))
  );
}

describe("the project", () => {
  const files = sourceFiles();
  test("has files", () => expect(files.length).toBeGreaterThan(100));
  test("imports only downward, by the table", () => expect(findLayerFaults(files)).toEqual([]));
  test("uses nothing of Node in what runs in a browser", () => expect(findNodeFaults(files)).toEqual([]));
  test("has no rings of imports", () => expect(findRings(files)).toEqual([]));
  test("keeps the rules for single files", () => {
    const written = files.filter((file) => file.path !== "src/lab/kernels/compiled.ts");
    expect(findStyleFaults(written)).toEqual([]);
  });
});

describe("the table", () => {
  test("goes downward: no folder reaches itself through others", () => {
    const reaches = (from: string, to: string, seen: ReadonlySet<string> = new Set()): boolean =>
      (layerTable[from] ?? []).some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, new Set([...seen, next]))),
      );
    expect(Object.keys(layerTable).filter((folder) => reaches(folder, folder))).toEqual([]);
  });
  test("lets no flow import another", () => {
    for (const [folder, allowed] of Object.entries(layerTable)) {
      const flow = /^src\/(window|model|lab)/.exec(folder)?.[1];
      if (flow === undefined) continue;
      for (const target of allowed) expect(target).toMatch(new RegExp(`^src/(?:shared|${flow})`));
    }
  });
});

describe("each rule fails on a violation", () => {
  const file = (path: string, text: string): SourceFile => ({ path, text });
  test("finds upward and sideways imports, of every form", () => {
    for (const text of [
      'import { x } from "../thread/thread.ts";',
      'import type { X } from "../thread/thread.ts";',
      'export { x } from "../thread/thread.ts";',
      'const x = await import("../thread/thread.ts");',
      'import "../thread/thread.ts";',
    ]) {
      expect(findLayerFaults([file("src/window/store/a.ts", text)])).toHaveLength(1);
    }
    expect(
      findLayerFaults([file("src/lab/train/a.ts", 'import { x } from "../../window/index.ts";')]),
    ).toHaveLength(1);
    expect(
      findLayerFaults([file("src/cli/a.ts", 'import { x } from "../window/memory/line.ts";')]),
    ).toHaveLength(1);
    expect(
      findLayerFaults([file("src/window/store/a.ts", 'import { x } from "../../../bench/a.ts";')]),
    ).toHaveLength(1);
  });
  test("accepts downward imports, index files and tests", () => {
    expect(findLayerFaults([file("src/cli/a.ts", 'import { x } from "../window/index.ts";')])).toEqual([]);
    expect(
      findLayerFaults([file("src/window/store/a.test.ts", 'import { x } from "../thread/thread.ts";')]),
    ).toEqual([]);
    expect(
      findLayerFaults([file("src/window/store/a.ts", '// import { x } from "../thread/thread.ts";')]),
    ).toEqual([]);
  });
  test("finds packages that a folder may not use", () => {
    expect(
      findLayerFaults([file("src/window/recall/a.ts", 'import { DatabaseSync } from "node:sqlite";')]),
    ).toHaveLength(1);
    expect(
      findLayerFaults([
        file("src/window/tokens/a.ts", 'import { x } from "gpt-tokenizer/encoding/o200k_base";'),
      ]),
    ).toEqual([]);
  });
  test("finds modules of Node that are loaded at run time", () => {
    const text = 'process.getBuiltinModule("node:fs");';
    expect(findLayerFaults([file("src/model/plan/a.ts", text)])).toHaveLength(1);
    expect(findLayerFaults([file("src/window/store/a.ts", text)])).toEqual([]);
  });
  test("finds globals of Node in folders that run in a browser", () => {
    for (const text of [
      "Buffer.from(x);",
      "process.env;",
      'require ("x");',
      'import { open } from "node:fs";',
    ])
      expect(findNodeFaults([file("src/model/description/a.ts", text)])).toHaveLength(1);
    expect(findNodeFaults([file("src/window/thread/a.ts", 'import "node:fs";')])).toHaveLength(1);
    expect(findNodeFaults([file("src/window/store/sqlite/a.ts", 'import "node:fs";')])).toEqual([]);
    for (const text of ["// process.env", "const processed = 1;", "the.process = 1;"])
      expect(findNodeFaults([file("src/model/file/a.ts", text)])).toEqual([]);
  });
  test("finds folders that are not in the table", () => {
    expect(findLayerFaults([file("lib/a.ts", "")])).toHaveLength(1);
    expect(folderOf("src/window/store/sqlite/a.ts")).toBe("src/window/store");
    expect(folderOf("src/lab/compile.ts")).toBe("src/lab/compile.ts");
  });
  test("finds rings over any number of files", () => {
    const a = file("src/shared/a.ts", 'import { b } from "./b.ts";');
    const b = file("src/shared/b.ts", 'import { c } from "./c.ts";');
    const c = file("src/shared/c.ts", 'import { a } from "./a.ts";');
    expect(findRings([a, b, c])).toEqual([
      "src/shared/a.ts -> src/shared/b.ts -> src/shared/c.ts -> src/shared/a.ts",
    ]);
    expect(findRings([a, b])).toEqual([]);
  });
  test("finds export *, default exports, long files and wrong names", () => {
    expect(findStyleFaults([file("src/a.ts", 'export * from "./b.ts";')])).toHaveLength(1);
    expect(findStyleFaults([file("src/a.ts", "export default 1;")])).toHaveLength(1);
    expect(findStyleFaults([file("src/a.ts", "a;\n".repeat(301))])).toHaveLength(1);
    expect(findStyleFaults([file("src/aB.ts", "")])).toHaveLength(1);
  });
  test("finds imports in every form and not in comments", () => {
    expect(
      importsOf(
        'import a from "a";\nimport "b";\n/* from "c" */\nexport { d } from "d";\nawait import("e");',
      ),
    ).toEqual(["a", "b", "d", "e"]);
  });
});
