import { z } from "zod";

/** A program that runs the lab's tasks on another library. */
export type Peer = "tensorflow-js" | "keras" | "pytorch";

/** Results of both tasks. */
interface Common {
  readonly peer: Peer;
  readonly version: string;
  readonly batch: number;
  readonly threads: number;
  /** How the peer trained. */
  readonly way: string;
  /** Milliseconds of a step in each way that was tried; undefined if the way was named. */
  readonly wayMilliseconds?: Readonly<Record<string, number>> | undefined;
  /** Ways that this machine could not run, each with its error. */
  readonly faults?: Readonly<Record<string, string>> | undefined;
  /** Peak bytes of all tensors in one step; undefined if the library does not report it. */
  readonly peakBytes?: number | undefined;
}

/** Figures of the digits task. */
export interface MnistResult extends Common {
  readonly task: "mnist";
  /** Seconds of each epoch after the warm-up; scaled to an entire epoch if fewer steps were measured. */
  readonly epochSeconds: readonly number[];
  readonly stepsAnEpoch: number;
  /** Steps that were run for each epoch; undefined if all. */
  readonly stepsMeasured?: number | undefined;
  readonly testLoss: number;
  /** From 0 to 1. */
  readonly testAccuracy: number;
}

/** Figures of the transformer task. */
export interface TransformerResult extends Common {
  readonly task: "transformer";
  readonly gelu: "erf" | "tanh";
  readonly steps: number;
  /** Median seconds of a training step. */
  readonly stepSeconds: number;
  readonly tokensPerSecond: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
  readonly parameters: number;
}

const common = {
  peer: z.enum(["tensorflow-js", "keras", "pytorch"]),
  version: z.string(),
  batch: z.int().positive(),
  threads: z.int().positive(),
  way: z.string(),
  wayMilliseconds: z.record(z.string(), z.number()).optional(),
  faults: z.record(z.string(), z.string()).optional(),
  peakBytes: z.int().positive().optional(),
};

const figures = z.discriminatedUnion("task", [
  z.object({
    ...common,
    task: z.literal("mnist"),
    epochSeconds: z.array(z.number().positive()).min(1),
    stepsAnEpoch: z.int().positive(),
    stepsMeasured: z.int().positive().optional(),
    testLoss: z.number(),
    testAccuracy: z.number().min(0).max(1),
  }),
  z.object({
    ...common,
    task: z.literal("transformer"),
    gelu: z.enum(["erf", "tanh"]),
    steps: z.int().positive(),
    stepSeconds: z.number().positive(),
    tokensPerSecond: z.number().positive(),
    firstLoss: z.number(),
    lastLoss: z.number(),
    parameters: z.int().positive(),
  }),
]);

const noFigures = z.object({ peer: z.string(), notMeasured: z.string() });

/** Why a peer has no figures here, in one line. */
export interface NotMeasured {
  readonly peer: Peer;
  readonly notMeasured: string;
}

/** Result of a peer: figures of one task, or why there are none. */
export type PeerResult = MnistResult | TransformerResult;

/** Reads the last line of a peer's output that is not empty; everything before it is logged by libraries. */
export function readPeerResult(peer: Peer, output: string): PeerResult | NotMeasured {
  const line = output.trimEnd().split("\n").at(-1)?.trim() ?? "";
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { peer, notMeasured: `${peer} printed no result on its last line` };
  }
  const none = noFigures.safeParse(value);
  if (none.success) return { peer, notMeasured: none.data.notMeasured };
  const read = figures.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = issue?.path.join(".") ?? "";
    return {
      peer,
      notMeasured: `${peer} printed an invalid result: ${place}: ${issue?.message ?? ""}`,
    };
  }
  return read.data;
}
