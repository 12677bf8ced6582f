import { findDocstringFaults, findFaults, formatFault, listFiles } from "./find-faults.ts";

/**
 * `npm run -s wording -- [--docstrings] PATH…`: prints every fault of wording under the paths, in pending folders too; with
 * `--docstrings` also the functions whose docstring does not begin with a verb.
 */
const places = process.argv
  .slice(2)
  .filter((word) => word !== "--docstrings")
  .map((place) => place.replace(/^\.\//, "").replace(/\/$/, ""));
const isWanted = (path: string): boolean =>
  places.length === 0 || places.some((place) => path === place || path.startsWith(`${place}/`));
const paths = listFiles().filter(isWanted);
const docstrings = process.argv.includes("--docstrings") ? findDocstringFaults(paths) : [];
const faults = [...findFaults(listFiles()).filter(({ path }) => isWanted(path)), ...docstrings];
for (const fault of faults) process.stdout.write(`${formatFault(fault)}\n`);
process.stdout.write(`${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
