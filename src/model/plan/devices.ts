import { LoadlineError } from "../../shared/errors.ts";
import type { Device } from "./devices/device.ts";
import { graphicsCards } from "./devices/graphics-cards.ts";
import { sharedMemory } from "./devices/shared-memory.ts";

const giga = 1e9;
const tera = 1e12;
const asOf = "2026-11";

/** Devices by name. Memory of NVIDIA's cards is what `nvidia-smi` shows as total where it is known. */
export const devices: readonly Device[] = [...graphicsCards, ...sharedMemory].map(
  ([name, label, kind, memoryBytes, bandwidth, peak, link, source]) => ({
    name,
    label,
    kind,
    memoryBytes,
    bandwidthBytesPerSecond: bandwidth * giga,
    peakOperationsPerSecond: peak === undefined ? undefined : peak * tera,
    hostLinkBytesPerSecond: link === undefined ? undefined : link * giga,
    source,
    asOf,
  }),
);

/** Share of a memory that is both the system's and the graphics' which one program may hold: macOS's limit, about. */
const sharedPart = 0.75;

/** Bytes of a device that a program may hold, where nobody says otherwise. */
export function usableBytes({ kind, memoryBytes }: Device): number {
  return kind === "unified" ? Math.floor(sharedPart * memoryBytes) : memoryBytes;
}

/** The device of a name; upper case, spaces and dashes do not matter. Throws `invalid-option`, which lists the names. */
export function deviceNamed(name: string): Device {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]/gu, "");
  const device = devices.find((each) => plain(each.name) === plain(name));
  if (device !== undefined) return device;
  throw new LoadlineError(
    "invalid-option",
    `device: got ${JSON.stringify(name.slice(0, 40))}, allowed: ${devices.map((each) => each.name).join(", ")}`,
    { details: { option: "device" } },
  );
}
