import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { devices } from "../src/model/index.ts";
import { GiB } from "../src/shared/units.ts";

const page = readFileSync(new URL("../docs/devices.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("docs/devices.md has the same table as the code", () => {
  expect(rows.map(([name]) => name)).toEqual(devices.map(({ name }) => `\`${name}\``));
  for (const [index, device] of devices.entries()) {
    const [, label, memory, bandwidth, peak, link, source] = rows[index] ?? [];
    expect(label).toBe(device.label);
    expect(memory).toBe(`${(device.memoryBytes / GiB).toFixed(1)} GiB`);
    expect(Number.parseFloat(bandwidth ?? "")).toBeCloseTo(device.bandwidthBytesPerSecond / 1e9, 6);
    expect(peak === "-" ? undefined : Number.parseFloat(peak ?? "") * 1e12).toEqual(
      device.peakOperationsPerSecond,
    );
    expect(link === "-" ? undefined : Number.parseFloat(link ?? "") * 1e9).toEqual(
      device.hostLinkBytesPerSecond,
    );
    expect(source).toBe(device.source);
  }
});

test("every device has a source", () => {
  for (const { source } of devices) expect(source.length).toBeGreaterThan(10);
});
