import { configDefaults, defineConfig } from "vitest/config";

/** The long comparisons with other engines run by name only: `npm run test:oracle`. */
const oracles = process.argv.some((word) => word.includes("test/oracles"));

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(oracles ? [] : ["test/oracles/**"])],
    testTimeout: 60_000,
    // a test cleans up what it makes, so files can share a worker: a third of the time is starting one for each;
    // the oracles wrap other engines' functions and cannot
    isolate: oracles,
    maxWorkers: "100%",
  },
});
