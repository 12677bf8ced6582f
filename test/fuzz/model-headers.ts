import { parseArgs } from "node:util";
import { stages } from "./outcome.ts";
import { countReached, runRounds } from "./run-rounds.ts";
import { MiB } from "../../src/shared/units.ts";

/**
 * Files of all formats, each with something wrong, read one after another: `node test/fuzz/model-headers.ts --rounds N
 * --seed S`. Ends with 1 where a header took longer than 100 ms or a file more than 64 MiB, gave an error that is no
 * LoadlineError, or a ledger with a figure that is none.
 */
const { values } = parseArgs({
  options: { rounds: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const report = await runRounds(Number(values.rounds), Number(values.seed));
const mebibytes = (bytes: number): string => `${(bytes / MiB).toFixed(1)} MiB`;
const codes = Object.entries(report.codes).map(([code, count]) => `${code} ${count}`);
const share = (count: number): string => `${((100 * count) / report.rounds).toFixed(1)} %`;
const past = stages.slice(1).map((stage) => `${stage} ${share(countReached(report, stage))}`);
console.log(`${report.rounds} files, seed ${values.seed}: ${past.join(", ")}; ${codes.join(", ")}`);
console.log(
  `slowest header ${report.slowestMilliseconds.toFixed(1)} ms, most memory for one ${mebibytes(report.largestHeapBytes)}, left ${mebibytes(report.leftBytes)}`,
);
for (const fault of report.faults) console.error(fault);
process.exitCode = report.faults.length === 0 && report.rounds > 0 ? 0 : 1;
