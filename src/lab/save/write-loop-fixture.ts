import { writeFileAtomically } from "./write-file.ts";

/**
 * Rewrites a file until it is killed: version n is `size` bytes of the value n % 251, in uneven pieces. Prints `ready` after the
 * first version.
 */
const path = process.argv[2] ?? "";
const size = Number(process.argv[3]);
for (let version = 0; ; version++) {
  const bytes = new Uint8Array(size).fill(version % 251);
  const third = Math.floor(size / 3);
  await writeFileAtomically(path, [bytes.subarray(0, 1), bytes.subarray(1, third), bytes.subarray(third)]);
  if (version === 0) process.stdout.write("ready\n");
}
