import type { ProgramFiles } from "./program-files.ts";
import { run as runFlows } from "./flows-program.ts";
import { run as runModel } from "./model-program.ts";
import { run as runWindow } from "./window-program.ts";

/** A program that is bundled for a browser, and what it uses. */
export interface BundleEntry {
  /** The public entry of the package that it uses. */
  readonly uses: string;
  /** The program's file in this folder: it exports `run`. */
  readonly program: string;
  /** Its result must be plain data, and the same in Node and in a browser. */
  readonly run: (files: ProgramFiles) => Promise<unknown>;
  /** Files of the project that the program reads: in a browser they are served, so that it can fetch them by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Warnings that a user of the package does not see. */
  readonly ignoredWarnings?: RegExp;
}

/** To add one: write its program next to this file and a row here. Each row is bundled with esbuild and with Vite. */
export const entries: readonly BundleEntry[] = [
  {
    uses: "loadline/window",
    program: "window-program.ts",
    run: runWindow,
    files: { "conversation.jsonl": "examples/conversations/coding-agent.jsonl" },
  },
  {
    uses: "loadline/model",
    program: "model-program.ts",
    run: runModel,
    files: { "config.json": "test/bundles/config.json" },
  },
  {
    uses: "loadline",
    program: "flows-program.ts",
    run: runFlows,
    files: {},
    // Esbuild reports what the browser field leaves out, but not within node_modules, where a user has the package
    ignoredWarnings: /\(disabled\):node:/u,
  },
];
