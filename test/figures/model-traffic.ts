import { devices, rooflineOf, stepRoofline, trafficOf } from "../../src/model/index.ts";
import type { ModelDescription, Traffic, TrafficOptions } from "../../src/model/index.ts";
import type { Figures } from "./figures.ts";
import { catalogueModels } from "./model-llama-cpp.ts";
import { publishedModels } from "./model-vllm.ts";
import { GiB } from "../../src/shared/units.ts";

const steps: Readonly<Record<string, TrafficOptions>> = {
  decode: { phase: "decode", tokens: 4000, sequences: 4 },
  decodeLong: { phase: "decode", tokens: 30_000, cacheElementBytes: 1.0625, evicted: 0.25 },
  prefill: { phase: "prefill", tokens: 3000, sequences: 2, ubatch: 512 },
  training: {
    phase: "training",
    tokens: 512,
    sequences: 4,
    activationBytes: GiB,
    stateBytes: 2 ** 31,
    recomputed: true,
  },
};

const split = { hostWeights: 0.25, hostCache: 0.5, ranks: 2, hostComputes: true };

/** A fixed device: figures of the table's devices change with the table. */
const card = { bandwidthBytesPerSecond: 1e12, peakOperationsPerSecond: 1e14, hostLinkBytesPerSecond: 32e9 };

function addTimes(figures: Figures, path: string, traffic: Traffic): void {
  const { seconds, tokensPerSecond, binds, bandwidthSeconds, computeSeconds } = rooflineOf(traffic, card);
  figures.add(`${path}/roofline`, seconds, tokensPerSecond, binds, bandwidthSeconds, computeSeconds);
  for (const hostComputes of [true, false]) {
    const roofline = stepRoofline(traffic, { ...split, hostComputes }, card);
    figures.add(`${path}/split/${hostComputes}`, roofline.seconds, roofline.binds);
  }
}

function addTraffic(figures: Figures, path: string, model: ModelDescription): void {
  for (const [step, options] of Object.entries(steps)) {
    const traffic = trafficOf(model, options);
    figures.add(
      `${path}/${step}`,
      traffic.tokens,
      traffic.bytes,
      traffic.operations,
      traffic.atLeast,
      ...traffic.items.map(({ readBytes, writtenBytes }) => `${readBytes}+${writtenBytes}`),
    );
    addTimes(figures, `${path}/${step}`, traffic);
  }
}

/** Records bytes moved, operations and the least times of a step, and the table of devices. */
export async function recordTraffic(figures: Figures): Promise<void> {
  for (const [name, model] of [...publishedModels, ...(await catalogueModels())])
    addTraffic(figures, `model/traffic/${name}`, model);
  for (const device of devices)
    figures.add(
      `model/traffic/device/${device.name}`,
      device.kind,
      device.memoryBytes,
      device.bandwidthBytesPerSecond,
      device.peakOperationsPerSecond,
      device.hostLinkBytesPerSecond,
    );
}
