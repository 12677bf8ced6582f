import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dialects } from "./dialects.fixture.ts";
import { happenings } from "./happenings.fixture.ts";
import { World } from "./world.fixture.ts";

/** Worlds per format; `npm run test:identity` tries many more. */
const runs = Number(process.env["LOADLINE_IDENTITY_RUNS"] ?? 10);
const seed = Number(process.env["LOADLINE_IDENTITY_SEED"] ?? 20_261_129);
/** A long run may take an hour. */
const timeoutMs = 3_600_000;

describe.each(dialects.map((dialect) => [dialect.format, dialect] as const))(
  "conversations in %s",
  (_, dialect) => {
    test(
      "never show a word of another one, and every message is stored once",
      async () => {
        const seen = { requests: 0, stubs: 0, edits: 0, recalled: 0, forks: 0, reduced: 0, cuts: 0 };
        await fc.assert(
          fc.asyncProperty(happenings, async (list) => {
            const world = new World(dialect);
            await world.run(list);
            for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += world.seen[name];
            expect(world.faults).toEqual([]);
          }),
          { numRuns: runs, seed, endOnFailure: runs > 20 },
        );
        // Each of them must come up, or nothing is tried.
        expect(Object.values(seen).every((count) => count > 0)).toBe(true);
      },
      timeoutMs,
    );
  },
);
