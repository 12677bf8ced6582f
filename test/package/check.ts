import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/**
 * Checks the package as npm would publish it, after `npm run build`: its types resolve as an importer needs them (attw), they
 * compile strictly without the DOM's and Node's types, and its entries load. Ends with 1 and names what fails.
 */
const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "loadline-package-"));
const faults: string[] = [];
/** In a package of its own: its 38 MB would take `npm ci` over 400 MB. */
const attw = `${root}test/package/types/node_modules/@arethetypeswrong/cli/dist/index.js`;

function run(name: string, script: string, words: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) faults.push(`${name}:\n${stdout}${stderr}`);
}

const packageFile = z.object({
  exports: z.record(z.string(), z.unknown()),
  dependencies: z.record(z.string(), z.string()),
});
const { exports, dependencies } = packageFile.parse(JSON.parse(readFileSync(`${root}package.json`, "utf8")));
const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");

/** Packs the package; returns the path of the archive. */
function pack(): string {
  const words = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const answer = execFileSync("npm", words, { cwd: root, encoding: "utf8" });
  const [packed] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(answer));
  return join(folder, packed?.filename ?? "");
}

/** Makes a project that has installed the archive, and in addition only the packages it depends on. */
function install(archive: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "loadline"), { recursive: true });
  execFileSync("tar", ["-xzf", archive, "-C", join(modules, "loadline"), "--strip-components", "1"]);
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(`${root}node_modules/${name}`, join(modules, name), "junction");
  }
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
}

/** Every entry, and a call of each flow with the types that a caller meets. */
const program = `
import { lab, model, openMemory, window } from "loadline";
${entries.map((entry, index) => `import * as entry${index} from "loadline${entry.slice(1)}";`).join("\n")}
import type { HttpFetch, ModelDescription, OpenModelOptions } from "loadline/model";

export const entries: readonly object[] = [${entries.map((_, index) => `entry${index}`).join(", ")}];
export const flows: readonly object[] = [lab, model, window];
export const open: typeof openMemory = window.openMemory;
export async function read(bytes: Uint8Array, options: OpenModelOptions, fetch: HttpFetch): Promise<number> {
  const description: ModelDescription = model.describeModel(
    await model.readModelFile(model.bytesSource("m.gguf", bytes)),
  );
  await model.openModel("hf:owner/name", { ...options, fetch, token: "hf_x" });
  return model.llamaCppLedger(description, { contextTokens: 512 }).totalBytes;
}
`;

/** Compiles the program with all of the package's declarations checked, and no types but those of the language. */
function compile(module: "nodenext" | "esnext", moduleResolution: "nodenext" | "bundler"): void {
  const language = { target: "es2024", lib: ["es2024"], types: [] };
  const checks = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  const compilerOptions = { ...language, ...checks, noEmit: true, module, moduleResolution };
  const path = `tsconfig.${moduleResolution}.json`;
  writeFileSync(join(folder, path), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  run(`types for ${moduleResolution}`, `${root}node_modules/typescript/bin/tsc`, ["-p", path]);
}

try {
  const archive = pack();
  if (existsSync(attw)) run("attw", attw, [archive, "--profile", "esm-only", "--no-emoji"]);
  else
    console.log(
      "attw is not installed, so the published types were not checked with it: npm run package:install",
    );
  install(archive);
  writeFileSync(join(folder, "program.ts"), program);
  compile("nodenext", "nodenext");
  compile("esnext", "bundler");
  const load = entries.map((entry) => `await import("loadline${entry.slice(1)}");`).join("\n");
  writeFileSync(join(folder, "load.js"), load);
  run("loading the entries", "load.js", []);
} finally {
  rmSync(folder, { recursive: true });
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
