import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runRound } from "./round.ts";
import type { Writer } from "./round.ts";

/** Settings of a run. */
export interface DurabilityOptions {
  /** Number of rounds that end with SIGKILL. */
  readonly rounds: number;
  /** Number of writer processes on one file. */
  readonly writers: number;
  /** Length of the last round, whose shares show fairness, in milliseconds. */
  readonly fairMs: number;
  /** Seed of the times of the kills. */
  readonly seed: number;
  /** Called after each round with its number, from 0, and its shares. */
  readonly onRound?: (round: number, shares: readonly number[]) => void;
}

/** Result over all rounds. A share is a writer's part of the entries, 0 to 1; single rounds are those killed after all were ready. */
export interface DurabilityResult {
  readonly rounds: number;
  readonly writers: number;
  readonly acknowledged: number;
  readonly acknowledgedByWriter: readonly number[];
  readonly minShareOverall: number;
  readonly minShareInLongRound: number;
  /** Smallest share of a writer in a single round, and the mean of these; undefined without such a round. */
  readonly minShareInARound: number | undefined;
  readonly meanMinShare: number | undefined;
  readonly fileBytes: number;
  readonly faults: readonly string[];
}

/** A writer with a smaller share of the acknowledged entries is starved. Four equal writers get a quarter each. */
const minShare = 0.1;
/** Kills come this long after all writers are ready, in milliseconds: from the first commit to some hundreds of them. */
const killAfterReady = { from: 5, to: 400 } as const;
/** Every fifth round, including the first, is killed this long after the start: while the file is created, upgraded or recovered. */
const killAfterStart = { from: 60, to: 260, everyRounds: 5 } as const;

/** Runs rounds of writing and killing on one file that is never cleared, then one long round that is killed only at its end. */
export async function runDurability(options: DurabilityOptions): Promise<DurabilityResult> {
  const folder = await mkdtemp(join(tmpdir(), "loadline-durability-"));
  const path = join(folder, "store.db");
  // Names that are not sorted, so that no order of threads is taken for granted.
  const writers: readonly Writer[] = Array.from({ length: options.writers }, (_, index) => ({
    name: `w${(index * 7 + 5) % 10}-${index}`,
    acknowledged: new Map<string, string>(),
  }));
  const next = randomFrom(options.seed);
  const faults: string[] = [];
  const minShares: number[] = [];
  try {
    for (let round = 0; round < options.rounds; round++) {
      const early = round % killAfterStart.everyRounds === 0;
      const range = early ? killAfterStart : killAfterReady;
      const afterMs = range.from + Math.floor(next() * (range.to - range.from));
      const { shares, faults: found } = await runRound(path, writers, {
        afterMs,
        from: early ? "start" : "ready",
      });
      if (!early) minShares.push(minShareOf(shares));
      faults.push(...found.map((fault) => `round ${round}: ${fault}`));
      options.onRound?.(round, shares);
    }
    const long = await runRound(path, writers, { afterMs: options.fairMs, from: "ready" });
    options.onRound?.(options.rounds, long.shares);
    faults.push(...long.faults.map((fault) => `long round: ${fault}`));
    const totals = writers.map(({ acknowledged }) => acknowledged.size);
    const [minShareOverall, minShareInLongRound] = [minShareOf(totals), minShareOf(long.shares)];
    // With more than five writers an equal share itself comes close to a tenth.
    const allowed = Math.min(minShare, 0.4 / options.writers);
    for (const [name, share] of [
      ["all rounds", minShareOverall],
      ["the long round", minShareInLongRound],
    ] as const) {
      if (share < allowed)
        faults.push(`${name}: a writer got ${share.toFixed(3)} of the entries, allowed: ${allowed}`);
    }
    return {
      rounds: options.rounds,
      writers: options.writers,
      acknowledged: totals.reduce((a, b) => a + b, 0),
      acknowledgedByWriter: totals,
      minShareOverall,
      minShareInLongRound,
      minShareInARound: minShares.length === 0 ? undefined : Math.min(...minShares),
      meanMinShare:
        minShares.length === 0 ? undefined : minShares.reduce((a, b) => a + b, 0) / minShares.length,
      fileBytes: (await stat(path)).size,
      faults,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function minShareOf(shares: readonly number[]): number {
  const total = shares.reduce((a, b) => a + b, 0);
  return total === 0 ? 0 : Math.min(...shares) / total;
}

/** Returns a generator of numbers from 0 to 1, the same for the same seed (Park and Miller). */
function randomFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
