import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Writes `dist/`: compiles `src` with tsc, then bundles d3 into the one module of the charts that names it, so that an
 * application that installs the package installs no part of d3. Starts from an empty folder: a file that was renamed in
 * `src` must not be published under its old name.
 */
const root = fileURLToPath(new URL("../../", import.meta.url));
const charts = `${root}dist/report/charts/`;

/** Returns the notices that d3's licenses require in every copy. */
function notices(): string {
  const names = ["d3-array", "d3-scale", "d3-shape", "d3-path", "d3-format", "d3-interpolate", "d3-color"];
  const more = ["d3-time", "d3-time-format", "internmap"];
  const texts = [...names, ...more].map(
    (name) => `${name}\n\n${readFileSync(`${root}node_modules/${name}/LICENSE`, "utf8").trim()}`,
  );
  return `/*\n${texts.join("\n\n").replaceAll("*/", "* /")}\n*/`;
}

rmSync(`${root}dist`, { recursive: true, force: true });
const compiler = `${root}node_modules/typescript/bin/tsc`;
const tsc = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
await build({
  entryPoints: [`${root}src/report/charts/d3.ts`],
  outfile: `${charts}d3.js`,
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  banner: { js: notices() },
  logLevel: "warning",
});
// No public signature names a type of d3, so the declarations of d3 are not published.
rmSync(`${charts}d3.d.ts`);
