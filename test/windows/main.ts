import { parseArgs } from "node:util";
import { checkWindows } from "./check-windows.ts";

/**
 * Checks random windows of all formats against the rules of their providers: `npm run test:windows -- --windows 10000 --seed 1`. Exits
 * with 1 if it finds a fault.
 */
const { values } = parseArgs({
  options: { windows: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
});

function readInteger(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  process.stderr.write(`--${name}: got ${text}, allowed: a whole number from 1 to ${max}\n`);
  process.exit(2);
}

const { windows, byKind, faults } = await checkWindows(
  readInteger("windows", values.windows, 10_000_000),
  readInteger("seed", values.seed, 2_147_483_645),
);
const maxShown = 40;
for (const fault of faults.slice(0, maxShown)) process.stdout.write(`FAULT ${fault}\n`);
const kinds = [...byKind].map(([kind, number]) => `${kind} ${number}`).join(", ");
process.stdout.write(`${windows} windows (${kinds}): ${faults.length} faults\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
