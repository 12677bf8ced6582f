import { LoadlineError } from "../../../shared/errors.ts";
import { amdAndIntelCards } from "./amd-and-intel.ts";
import { appleMachines } from "./apple.ts";
import type { Device } from "./device.ts";
import { geforceCards } from "./geforce.ts";
import { hostMemories } from "./host-memory.ts";
import { nvidiaProfessionalCards } from "./nvidia-professional.ts";
import { sharedMemoryMachines } from "./shared-memory.ts";

/** All known devices, by maker and age. */
export const devices: readonly Device[] = [
  ...geforceCards,
  ...nvidiaProfessionalCards,
  ...amdAndIntelCards,
  ...appleMachines,
  ...sharedMemoryMachines,
  ...hostMemories,
];

/** Share of a unified memory that one program may use: about macOS's limit. */
const sharedPart = 0.75;

/** Returns the bytes of a device that one program may use by default. */
export function countUsableBytes({ kind, memoryBytes }: Device): number {
  return kind === "unified" ? Math.floor(sharedPart * memoryBytes) : memoryBytes;
}

/** Finds a device by name, ignoring case, spaces and dashes. Errors: `invalid-option` for an unknown name, with the list. */
export function findDevice(name: string): Device {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]/gu, "");
  const device = devices.find((each) => plain(each.name) === plain(name));
  if (device !== undefined) return device;
  throw new LoadlineError(
    "invalid-option",
    `device: got ${JSON.stringify(name.slice(0, 40))}, allowed: ${devices.map((each) => each.name).join(", ")}`,
    { details: { option: "device" } },
  );
}
