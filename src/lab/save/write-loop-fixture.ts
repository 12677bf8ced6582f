import { writeFileAtomically } from "./write-file.ts";

/**
 * Rewrites a file again and again until it is killed: version n is as many bytes n % 251 as its size says, in uneven pieces. The
 * first version that stands is told on standard output.
 */
const path = process.argv[2] ?? "";
const size = Number(process.argv[3]);
for (let version = 0; ; version++) {
  const bytes = new Uint8Array(size).fill(version % 251);
  const third = Math.floor(size / 3);
  await writeFileAtomically(path, [bytes.subarray(0, 1), bytes.subarray(1, third), bytes.subarray(third)]);
  if (version === 0) process.stdout.write("ready\n");
}
