import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as vite, createLogger } from "vite";

/** What a bundler is given: a folder to work in, and the file in it at which the program starts. */
export interface BundleJob {
  readonly folder: string;
  readonly main: string;
  /** Warnings that a user of the package does not see. */
  readonly ignoredWarnings?: RegExp | undefined;
}

/** Bundles a program as a page would have it. Returns the folder of the output, with `index.html`. Fails on a warning. */
export type Bundler = (job: BundleJob) => Promise<string>;

async function withEsbuild({ folder, main, ignoredWarnings }: BundleJob): Promise<string> {
  const outdir = join(folder, "esbuild");
  const { warnings } = await esbuild({
    entryPoints: { main },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    logLevel: "silent",
  });
  const texts = warnings.map(({ text }) => text).filter((text) => ignoredWarnings?.test(text) !== true);
  if (texts.length > 0) throw new Error(texts.join("\n"));
  writeFileSync(join(outdir, "index.html"), page("main.js"));
  return outdir;
}

async function withVite({ folder, main }: BundleJob): Promise<string> {
  const outDir = join(folder, "vite");
  const warnings: string[] = [];
  const customLogger = createLogger("silent");
  // A module of Node that the browser lacks is only a warning of Vite.
  customLogger.warn = customLogger.warnOnce = (message) => void warnings.push(message);
  writeFileSync(join(folder, "index.html"), page(`./${main.slice(folder.length + 1)}`));
  await vite({
    root: folder,
    configFile: false,
    customLogger,
    logLevel: "warn",
    publicDir: false,
    build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: Number.POSITIVE_INFINITY },
  });
  if (warnings.length > 0) throw new Error(warnings.join("\n"));
  return outDir;
}

function page(script: string): string {
  return `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
}

/** Bundlers by name. */
export const bundlers: Readonly<Record<string, Bundler>> = { esbuild: withEsbuild, Vite: withVite };
