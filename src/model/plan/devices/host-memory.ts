import { GiB } from "../../../shared/units.ts";
import type { Device } from "./device.ts";
import { gigabytesPerSecond } from "./device-units.ts";

/** The memory of hosts without a graphics card. */
export const hostMemories: readonly Device[] = [
  {
    name: "ddr4",
    label: "Two channels of DDR4-3200, 64 GB",
    kind: "host",
    memoryBytes: 64 * GiB,
    bandwidthBytesPerSecond: 51.2 * gigabytesPerSecond,
    peakOperationsPerSecond: undefined,
    hostLinkBytesPerSecond: undefined,
    source: "JEDEC: 2 x 8 bytes x 3,200 million transfers a second",
    asOf: "2026-11",
  },
  {
    name: "ddr5",
    label: "Two channels of DDR5-5600, 64 GB",
    kind: "host",
    memoryBytes: 64 * GiB,
    bandwidthBytesPerSecond: 89.6 * gigabytesPerSecond,
    peakOperationsPerSecond: undefined,
    hostLinkBytesPerSecond: undefined,
    source: "JEDEC: 2 x 8 bytes x 5,600 million transfers a second",
    asOf: "2026-11",
  },
  {
    name: "xeon-ddr5",
    label: "Eight channels of DDR5-4800, 512 GB",
    kind: "host",
    memoryBytes: 512 * GiB,
    bandwidthBytesPerSecond: 307.2 * gigabytesPerSecond,
    peakOperationsPerSecond: undefined,
    hostLinkBytesPerSecond: undefined,
    source: "JEDEC: 8 x 8 bytes x 4,800 million transfers a second; one Xeon of the 4th generation",
    asOf: "2026-11",
  },
  {
    name: "epyc-ddr5",
    label: "Twelve channels of DDR5-4800, 768 GB",
    kind: "host",
    memoryBytes: 768 * GiB,
    bandwidthBytesPerSecond: 460.8 * gigabytesPerSecond,
    peakOperationsPerSecond: undefined,
    hostLinkBytesPerSecond: undefined,
    source: "JEDEC: 12 x 8 bytes x 4,800 million transfers a second; one EPYC 9004",
    asOf: "2026-11",
  },
];
