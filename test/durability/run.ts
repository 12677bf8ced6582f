import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runRound } from "./round.ts";
import type { Writer } from "./round.ts";

/** How to run. */
export interface DurabilityOptions {
  /** Rounds that are each ended by SIGKILL. */
  readonly rounds: number;
  /** Writer processes on one file. */
  readonly writers: number;
  /** Length of the last, long round, by whose shares fairness is judged, in milliseconds. */
  readonly fairMs: number;
  /** Seed of the moments of the kills. */
  readonly seed: number;
  /** Called after each round with its number, from 0, and its shares. */
  readonly onRound?: (round: number, shares: readonly number[]) => void;
}

/** What was found over all rounds. A share is a writer's part of the entries, 0 to 1; single rounds are those killed after all were ready. */
export interface DurabilityResult {
  readonly rounds: number;
  readonly writers: number;
  readonly acknowledged: number;
  readonly acknowledgedByWriter: readonly number[];
  readonly minShareOverall: number;
  readonly minShareInLongRound: number;
  /** Least share of a writer in a single round, and the mean of these; undefined where there was no such round. */
  readonly minShareInARound: number | undefined;
  readonly meanMinShare: number | undefined;
  readonly fileBytes: number;
  readonly faults: readonly string[];
}

/** Below this part of the acknowledged entries a writer is starved. Four fair writers get a quarter each. */
const minShare = 0.1;
/** Kills come this long after all writers are ready, in milliseconds: from the first commit to some hundreds of them. */
const killAfterReady = { from: 5, to: 400 } as const;
/** Every fifth round, the first included, is killed this long after the start: while the file is made, upgraded or recovered. */
const killAfterStart = { from: 60, to: 260, everyRounds: 5 } as const;

/** Rounds of writing and killing on one file that is never cleared between them, then one long round without a kill before its end. */
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
    for (let round = 0; round < options.rounds; round += 1) {
      const early = round % killAfterStart.everyRounds === 0;
      const range = early ? killAfterStart : killAfterReady;
      const afterMs = range.from + Math.floor(next() * (range.to - range.from));
      const { shares, faults: found } = await runRound(path, writers, {
        afterMs,
        from: early ? "start" : "ready",
      });
      if (!early) minShares.push(least(shares));
      faults.push(...found.map((fault) => `round ${round}: ${fault}`));
      options.onRound?.(round, shares);
    }
    const long = await runRound(path, writers, { afterMs: options.fairMs, from: "ready" });
    options.onRound?.(options.rounds, long.shares);
    faults.push(...long.faults.map((fault) => `long round: ${fault}`));
    const totals = writers.map(({ acknowledged }) => acknowledged.size);
    const [minShareOverall, minShareInLongRound] = [least(totals), least(long.shares)];
    // With more than five writers a fair share itself comes near a tenth.
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

function least(shares: readonly number[]): number {
  const total = shares.reduce((a, b) => a + b, 0);
  return total === 0 ? 0 : Math.min(...shares) / total;
}

/** Numbers from 0 to 1, the same for the same seed (Park and Miller's generator). */
function randomFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
