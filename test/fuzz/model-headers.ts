import { parseArgs } from "node:util";
import { runRounds } from "./run-rounds.ts";

/**
 * Headers of all formats, each with something wrong, read one after another: `node test/fuzz/model-headers.ts --rounds N
 * --seed S`. Ends with 1 where one took longer than 100 ms or more than 64 MiB, or gave an error that is no LoadlineError.
 */
const { values } = parseArgs({
  options: { rounds: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const report = await runRounds(Number(values.rounds), Number(values.seed));
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const codes = Object.entries(report.codes).map(([code, count]) => `${code} ${count}`);
console.log(`${report.rounds} headers, seed ${values.seed}: read ${report.read}, ${codes.join(", ")}`);
console.log(
  `slowest ${report.slowestMilliseconds.toFixed(1)} ms, most memory for one ${mebibytes(report.largestHeapBytes)}, left ${mebibytes(report.leftBytes)}`,
);
for (const fault of report.faults) console.error(fault);
process.exitCode = report.faults.length === 0 && report.rounds > 0 ? 0 : 1;
