import { devices } from "../../model/index.ts";
import type { Device } from "../../model/index.ts";
import { formatBytes } from "../../report/text/format-bytes.ts";
import { formatParagraph, formatTable, formatInteger } from "../../report/text/format-table.ts";
import { describeValue } from "../../shared/options.ts";
import { defineCommand } from "../command/define-command.ts";
import type { Command } from "../command/define-command.ts";
import { jsonText } from "../command/json-text.ts";
import type { Terminal } from "../terminal.ts";

const kinds: Readonly<Record<Device["kind"], string>> = {
  gpu: "graphics card",
  unified: "shared with the host",
  host: "host",
};

const perSecond = (value: number | undefined, unit: number): string =>
  value === undefined ? "?" : value / unit < 10 ? (value / unit).toFixed(1) : formatInteger(value / unit);

function describeDevices(rows: readonly Device[], terminal: Terminal): string {
  const cells = rows.map((row) => [
    row.name,
    row.label,
    kinds[row.kind],
    formatBytes(row.memoryBytes),
    perSecond(row.bandwidthBytesPerSecond, 1e9),
    perSecond(row.peakOperationsPerSecond, 1e12),
  ]);
  return [
    formatTable(["--device", "device", "memory is", "memory", "GB/s", "TFLOP/s"], cells, [0, 1, 2], terminal),
    "",
    formatParagraph(
      "Memory is what the driver reports. TFLOP/s: dense FP16 or BF16; ? where the vendor does not publish it.",
      terminal,
    ),
  ].join("\n");
}

/** `loadline devices`: the devices that `--device` knows, with their figures. */
export function devicesCommand(terminal: Terminal): Command {
  return defineCommand({
    description:
      "List the devices that --device knows, with their memory, bandwidth and operations a second.",
    args: {
      word: {
        type: "positional",
        required: false,
        description: "only names that contain this",
        valueHint: "WORD",
      },
      json: { type: "boolean", description: "print JSON, with the source and date of each figure" },
    },
    examples: ["devices", "devices h100", "size hf:Qwen/Qwen3-8B --device h100"],
    run: (args) => {
      const word = args.word?.toLowerCase() ?? "";
      const rows = devices.filter(({ name, label }) => `${name} ${label}`.toLowerCase().includes(word));
      if (args.json === true) terminal.out(jsonText({ devices: rows }));
      else if (rows.length > 0) terminal.out(describeDevices(rows, terminal));
      else terminal.out(`no listed device has ${describeValue(word)} in its name: see loadline devices`);
      return Promise.resolve();
    },
  });
}
