import { writeFile } from "node:fs/promises";
import { defineCommand } from "../command/define-command.ts";
import { describeFindings, loadMnist, mnistClasses, paretoFront, sweep } from "../../lab/index.ts";
import type { SweepRow } from "../../lab/index.ts";
import type { Command } from "../command/define-command.ts";
import { checkWritableFile } from "../check-writable.ts";
import { withInterrupt } from "../interrupt.ts";
import { readOptimizerName } from "../lab/training-options.ts";
import { describeTimeLeft, startProgress } from "../progress-bar.ts";
import { readWhole, readWholes } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { unwritable } from "../unwritable.ts";
import type { TextLayout } from "../../report/text/text-style.ts";
import { fitLines, formatTable, formatInteger } from "../../report/text/format-table.ts";
import { jsonText } from "../command/json-text.ts";
import {
  digitFolder,
  jsonFlag,
  reportFile,
  trainingSeed,
  trainingThreads,
} from "../command/shared-arguments.ts";

const sweepArguments = {
  depth: { type: "string", description: "hidden layers: 0..6 or 1,2,4 (default: 0..6)", valueHint: "LIST" },
  batch: { type: "string", description: "batches (default: 8,32,128,512)", valueHint: "LIST" },
  optimizer: {
    type: "string",
    description: "one or more, such as adam,lion (default: adam)",
    valueHint: "LIST",
  },
  epochs: { type: "string", description: "epochs of each training run (default: 3)", valueHint: "N" },
  seed: trainingSeed,
  threads: trainingThreads,
  data: digitFolder,
  report: reportFile,
  json: jsonFlag,
} as const;

/** Formats the rows as a table; a star marks those that no other beats in bytes and accuracy. */
export function sweepTable(rows: readonly SweepRow[], layout: TextLayout): string {
  const front = new Set(paretoFront(rows));
  return formatTable(
    ["", "depth", "batch", "optimizer", "parameters", "peak bytes", "seconds", "test loss", "accuracy"],
    rows.map((row) => [
      front.has(row) ? "*" : "",
      String(row.depth),
      String(row.batch),
      row.optimizer,
      formatInteger(row.parameterCount),
      formatInteger(row.peakBytes),
      row.seconds.toFixed(2),
      row.loss.toFixed(4),
      `${(100 * row.accuracy).toFixed(2)} %`,
    ]),
    [0, 3],
    layout,
  );
}

/** `loadline sweep mnist`: measures what depth and batch do to memory, time and accuracy. */
export function sweepMnistCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Measure what depth and batch do to memory, time and accuracy",
    examples: ["sweep mnist --depth 0..6 --batch 8,32,128,512 --report sweep.html"],
    args: sweepArguments,
    run: async (args) => {
      checkWritableFile(args.report);
      const depths = readWholes("depth", args.depth ?? "0..6", 0);
      const batches = readWholes("batch", args.batch ?? "8,32,128,512", 1);
      const optimizers = (args.optimizer ?? "adam").split(",").map(readOptimizerName);
      const { train, test } = await loadMnist({ folder: args.data });
      const bar = startProgress(terminal, "sweeping");
      const started = performance.now();
      const { result: rows, exitCode: signalCode } = await withInterrupt(
        async (signal) =>
          await sweep(train, test, {
            depths,
            batches,
            optimizers,
            classes: mnistClasses,
            signal,
            epochs: readWhole("epochs", args.epochs ?? "3", 1),
            seed: readWhole("seed", args.seed ?? "1", 0),
            ...(args.threads === undefined ? {} : { threads: readWhole("threads", args.threads, 1) }),
            onProgress: async (done, what) => {
              const left = ((performance.now() - started) / 1000) * (1 / Math.max(done, 1e-9) - 1);
              await bar.step(Math.round(done * 1000), 1000, `${what}, ${describeTimeLeft(left)}`);
            },
          }),
      ).finally(bar.stop);
      const runCount = depths.length * batches.length * optimizers.length;
      // A signal that came after the last run stopped nothing.
      const exitCode = rows.length < runCount ? signalCode : 0;
      const findings = describeFindings(rows);
      if (args.report !== undefined) {
        const { renderSweepReport } = await import("../../report/pages/sweep-report.ts");
        const page = renderSweepReport(rows, findings, "Depth and batch on handwritten digits");
        await writeFile(args.report, page).catch((cause: unknown) => unwritable(args.report ?? "", cause));
      }
      if (args.json === true) {
        const front = paretoFront(rows).map(({ depth, batch, optimizer }) => ({ depth, batch, optimizer }));
        terminal.out(jsonText({ rows, front, findings, stopped: exitCode !== 0 }));
        return exitCode;
      }
      terminal.out(sweepTable(rows, terminal));
      terminal.out("* no other is both lighter and at least as accurate\n");
      for (const sentence of findings) terminal.out(fitLines(sentence, terminal));
      if (exitCode !== 0) {
        terminal.out(
          `stopped after ${rows.length} of ${runCount} training runs; the table holds the finished ones`,
        );
      }
      return exitCode;
    },
  });
}
