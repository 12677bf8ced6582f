import { Session } from "node:inspector";

/** Counts how often blocks of this project's sources run: work that is the same on a busy machine. */
export interface StepCounter {
  /** Blocks that ran since the last call. */
  take(): number;
  stop(): void;
}

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/**
 * Starts V8's own block counters for this thread, before any of the code to count has run. What a native function does within one call is not in them; taking them costs
 * about 10 ms, because it goes over every script that is loaded.
 */
export function countSteps(): StepCounter {
  const session = new Session();
  session.connect();
  const post = (method: string, parameters: object = {}): unknown => {
    // A session of its own thread answers before post returns.
    let answer: unknown;
    session.post(method, parameters, (error, result) => {
      if (error !== null) throw new Error(`${method} failed: ${error.message}`);
      answer = result;
    });
    return answer;
  };
  const take = (): number => {
    const { result } = post("Profiler.takePreciseCoverage") as Coverage;
    const own = result.filter(({ url }) => /\/src\/(?:model|shared)\//u.test(url));
    const ranges = own.flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
    return ranges.reduce((sum, { count }) => sum + count, 0);
  };
  post("Profiler.enable");
  post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  take();
  return {
    take,
    stop: () => {
      post("Profiler.stopPreciseCoverage");
      post("Profiler.disable");
      session.disconnect();
    },
  };
}
