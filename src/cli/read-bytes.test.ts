import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { readBytes } from "./read-bytes.ts";

// A device without an end fills the memory if it is read to its end.
test.skipIf(!existsSync("/dev/zero"))("stops reading a device at the limit", async () => {
  await expect(readBytes("/dev/zero", 100_000)).rejects.toThrow(
    "/dev/zero: got more than 100000 bytes, allowed: up to 100000",
  );
});

test.skipIf(!existsSync("/dev/null"))("reads a device that ends", async () => {
  expect(await readBytes("/dev/null")).toHaveLength(0);
});
