import type { Program } from "../../lab/index.ts";
import { formatShortBytes } from "../text/format-bytes.ts";
import { formatInteger } from "../text/format-table.ts";
import { wrapDrawing } from "./chart.ts";
import { escapeHtml } from "./escape-html.ts";
import { drawReadOut } from "./read-out.ts";
import { chartLeft, chartRight, chartTop, chartWidth, formatPlace } from "./scale.ts";
import { makeAxis } from "./axis.ts";
import { drawPhaseMarks } from "./phase-marks.ts";
import { listResidents } from "./residents.ts";
import { drawLegend } from "./xy-chart.ts";

/** Colour of each kind, the same in every report. */
export const kindColours: Readonly<Record<string, number>> = {
  parameters: 0,
  "optimizer state": 2,
  gradients: 4,
  activations: 3,
  inputs: 6,
  workspace: 1,
};

const mapHeight = 420;
const bottom = mapHeight - 46;

/** Draws each tensor of a training step as a rectangle: from its first operation to its last, from its first byte to its last. */
export function drawArenaMap(program: Program): string {
  const { graph, peakBytes } = program;
  const column = (chartWidth - chartLeft - chartRight) / Math.max(1, graph.step.length);
  const y = makeAxis([0, peakBytes], bottom, chartTop, {
    title: "",
    format: formatShortBytes,
    fromZero: true,
    binary: true,
  });
  const rows = y.ticks
    .filter((tick) => tick <= peakBytes)
    .map((tick) => {
      const at = formatPlace(y.at(tick));
      return `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${at}" y2="${at}"/><text class="tick" x="${chartLeft - 8}" y="${at}" dy="0.32em" text-anchor="end">${formatShortBytes(tick)}</text>`;
    });
  const residents = listResidents(program);
  const blocks = residents.map(({ item, first, last }) => {
    const left = chartLeft + first * column;
    const width = Math.max(1.5, (last - first + 1) * column);
    const top = y.at(item.offset + item.bytes);
    const height = Math.max(0.8, y.at(item.offset) - top);
    const lines = [
      { text: item.label },
      { text: `${item.kind}, ${formatInteger(item.bytes)} bytes at ${formatInteger(item.offset)}` },
      { text: `operations ${first + 1} to ${last + 1} of ${graph.step.length}` },
    ];
    const shape = `x="${formatPlace(left)}" y="${formatPlace(top)}" width="${formatPlace(width)}" height="${formatPlace(height)}"`;
    return `<g class="at"><rect class="area c${kindColours[item.kind] ?? 12}" ${shape}/><rect class="near" ${shape}/>${drawReadOut(left + width / 2, top, mapHeight, lines)}</g>`;
  });
  const titles = `<text class="tick" x="${chartLeft}" y="${chartTop - 8}">bytes of the arena</text><text class="tick" x="${chartWidth - chartRight}" y="${mapHeight - 6}" text-anchor="end">operations of a step</text>`;
  const kinds = Object.keys(kindColours).filter((kind) => residents.some(({ item }) => item.kind === kind));
  const legend = drawLegend(kinds.map((name) => ({ name, colour: kindColours[name] ?? 12 })));
  const label = escapeHtml("tensors in the arena, operation by operation");
  return (
    wrapDrawing(
      label,
      mapHeight,
      `${rows.join("")}${drawPhaseMarks(graph.step, column, bottom)}${blocks.join("")}${titles}`,
    ) + legend
  );
}
