import { parseArgs } from "node:util";
import { runDurability } from "./run.ts";

/**
 * Kills writers of one store repeatedly and checks that nothing acknowledged is lost:
 * `node test/durability/main.ts --rounds 100 --writers 4`. Exits with 1 if it finds a fault.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    writers: { type: "string", default: "4" },
    "fair-ms": { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});

function readInteger(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  process.stderr.write(`--${name}: got ${text}, allowed: a whole number from ${min} to ${max}\n`);
  process.exit(2);
}

const result = await runDurability({
  rounds: readInteger("rounds", values.rounds, 0, 100_000),
  writers: readInteger("writers", values.writers, 1, 64),
  fairMs: readInteger("fair-ms", values["fair-ms"], 100, 3_600_000),
  seed: readInteger("seed", values.seed, 0, 2_147_483_645),
  onRound: (round, shares) => {
    if (!values.json) process.stdout.write(`round ${round}: ${shares.join(" ")}\n`);
  },
});

if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  for (const fault of result.faults.slice(0, 20)) process.stdout.write(`FAULT ${fault}\n`);
  const percent = (share: number | undefined): string =>
    share === undefined ? "unknown" : `${(100 * share).toFixed(1)} %`;
  process.stdout.write(
    `${result.rounds} rounds, ${result.writers} writers killed together: ${result.acknowledged} entries acknowledged, ` +
      `${result.faults.length} faults; smallest share of a writer ${percent(result.minShareOverall)} over all, ` +
      `${percent(result.minShareInLongRound)} in the long round, ${percent(result.meanMinShare)} mean and ` +
      `${percent(result.minShareInARound)} smallest of the single rounds\n`,
  );
}
process.exitCode = result.faults.length > 0 ? 1 : 0;
