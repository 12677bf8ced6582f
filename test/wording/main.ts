import { findFaults, formatFault, listFiles } from "./find-faults.ts";

/** `npm run -s wording -- PATH…`: prints every fault of wording and dialect under the paths; without a path everywhere. */
const places = process.argv
  .slice(2)
  .filter((word) => !word.startsWith("--"))
  .map((place) => place.replace(/^\.\//, "").replace(/\/$/, ""));
const isWanted = (path: string): boolean =>
  places.length === 0 || places.some((place) => path === place || path.startsWith(`${place}/`));
const faults = findFaults(listFiles()).filter(({ path }) => isWanted(path));
for (const fault of faults) process.stdout.write(`${formatFault(fault)}\n`);
process.stdout.write(`${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
