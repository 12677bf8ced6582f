import { parseArgs } from "node:util";
import { stages } from "./outcome.ts";
import { countReached, runRounds } from "./run-rounds.ts";
import type { FuzzReport } from "./run-rounds.ts";
import { MiB } from "../../src/shared/units.ts";

/**
 * Reads changed files of all formats, one after another: `node test/fuzz/model-headers.ts --rounds N
 * --seed S [--json]`. Ends with 1 if a file exceeds the limits of steps, reads, processor time or memory, causes an error that is not a
 * LoadlineError, or a ledger with a size that is not a number.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const report = await runRounds(Number(values.rounds), Number(values.seed));

function printReport({ rounds, codes, largest, leftBytes, faults }: FuzzReport): void {
  const mebibytes = (bytes: number): string => `${(bytes / MiB).toFixed(1)} MiB`;
  const share = (count: number): string => `${((100 * count) / rounds).toFixed(1)} %`;
  const counts = Object.entries(codes).map(([code, count]) => `${code} ${count}`);
  const past = stages.slice(1).map((stage) => `${stage} ${share(countReached(report, stage))}`);
  console.log(`${rounds} files, seed ${values.seed}: ${past.join(", ")}; ${counts.join(", ")}`);
  const { batchHeaderSteps, batchLedgerSteps, cpuMs, heapBytes } = largest;
  const steps = `${batchHeaderSteps} steps for headers, ${batchLedgerSteps} for ledgers`;
  const one = `${cpuMs.toFixed(1)} ms of the processor, ${mebibytes(heapBytes)}`;
  console.log(`most for 50 files: ${steps}; for one: ${one}; left ${mebibytes(leftBytes)}`);
  for (const fault of faults) console.error(fault);
}

if (values.json) console.log(JSON.stringify(report));
else printReport(report);
process.exitCode = report.faults.length === 0 && report.rounds > 0 ? 0 : 1;
