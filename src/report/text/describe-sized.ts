import type { VllmPool } from "../../model/index.ts";
import { describeBytes } from "./bytes.ts";
import { whole } from "./table.ts";
import { describeByteLedger, describeFormulas, ledgerJson } from "./describe-ledger.ts";
import type { Pace, Sized } from "./sized.ts";

function secondsSaid(seconds: number): string {
  if (seconds < 0.001) return `${(seconds * 1e6).toPrecision(3)} µs`;
  return seconds < 1 ? `${(seconds * 1000).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}

function operationsSaid(operations: number): string {
  const names = ["million", "billion", "trillion", "quadrillion", "quintillion"];
  const power = Math.min(
    names.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, operations)) / 3) - 2),
  );
  return `${Number((operations / 10 ** (6 + 3 * power)).toPrecision(3))} ${names[power] ?? ""}`;
}

function paceSaid(perSecond: number): string {
  return perSecond < 10 ? perSecond.toPrecision(2) : whole(perSecond);
}

function binding(pace: Pace): string {
  if (pace.roofline.binds === "host") return "what lies on the host binds, with memory of 90 GB/s";
  const known = pace.roofline.computeSeconds !== undefined;
  if (!known) return "its peak is not published: bandwidth alone";
  return pace.roofline.binds === "bandwidth" ? "its bandwidth binds" : "its arithmetic binds";
}

const stepNames: Readonly<Record<Pace["traffic"]["phase"], (counted: string) => string>> = {
  decode: () => "one more token of each sequence",
  prefill: (counted) => `${counted} of prompts`,
  training: (counted) => `a micro-step of ${counted} and the optimizer's step`,
  inference: (counted) => `a batch of ${counted}`,
};

/** What a step moves and computes, and how fast that can be on a device. */
export function describePaces(paces: readonly Pace[]): readonly string[] {
  return paces.map((pace) => {
    const { traffic, roofline } = pace;
    const unit = traffic.unit ?? "tokens";
    const what = stepNames[traffic.phase](`${whole(traffic.tokens)} ${unit}`);
    const least = traffic.atLeast ? "at least " : "";
    return `${traffic.phase}: ${what} moves ${least}${describeBytes(traffic.bytes)} and takes ${operationsSaid(traffic.operations)} operations; on ${pace.device.label} ${secondsSaid(roofline.seconds)} at best, ${paceSaid(roofline.tokensPerSecond)} ${unit} a second (${binding(pace)})`;
  });
}

function describePool(pool: VllmPool | undefined): readonly string[] {
  if (pool === undefined) return [];
  const request = `a request of the asked length takes ${whole(pool.blocksOfRequest)} blocks of ${pool.blockTokens} tokens`;
  if (pool.refused !== undefined) return [`pool: vLLM refuses the model: ${pool.refused}`];
  if (pool.blocks === undefined) return [`pool: ${request}`];
  const longest = pool.longestContext ?? 0;
  const starts =
    pool.starts === false
      ? `; one of the whole context does not fit: vLLM will not start${longest > 0 ? `, with --max-model-len ${longest} it will` : ""}`
      : `; vLLM calls it ${whole(pool.tokens ?? 0)} tokens`;
  return [
    `pool: ${whole(pool.blocks)} blocks; ${request}: ${(pool.concurrency ?? 0).toFixed(2)} at a time${starts}`,
  ];
}

function describePeaks(peaks: Sized["peaks"] = []): readonly string[] {
  if (peaks.length === 0) return [];
  const each = peaks.map(({ phase, bufferBytes }) => `${phase} ${describeBytes(bufferBytes)}`);
  return [
    `buffers counted once: ${each.join(", ")}; above, as in tf.memory(), every view of a buffer counts too`,
    "Keras in Python holds the same weights, batch and optimizer states, and other temporaries",
  ];
}

/** All that was found, as text. */
export function describeSized(sized: Sized, explain: boolean): string {
  return [
    `${sized.name}: ${sized.about.join("; ")}`,
    `with ${sized.engine}`,
    "",
    describeByteLedger(sized.ledger),
    ...describePool(sized.pool),
    ...describePeaks(sized.peaks),
    ...(sized.paces.length === 0 ? [] : ["", ...describePaces(sized.paces)]),
    ...(sized.unknown.length === 0 ? [] : ["", `not known: ${sized.unknown.join("; ")}`]),
    ...(explain ? ["", "how each figure was made", describeFormulas(sized.ledger)] : []),
  ].join("\n");
}

/** All that was found, as JSON. */
export function sizedJson(sized: Sized): Readonly<Record<string, unknown>> {
  return {
    model: sized.name,
    about: sized.about,
    ...ledgerJson(sized.ledger),
    ...(sized.pool === undefined ? {} : { pool: sized.pool }),
    ...(sized.peaks === undefined ? {} : { peaks: sized.peaks }),
    ...(sized.paces.length === 0
      ? {}
      : {
          traffic: sized.paces.map(({ device, traffic, roofline }) => ({
            device: device.name,
            ...traffic,
            roofline,
          })),
        }),
    unknown: sized.unknown,
  };
}
