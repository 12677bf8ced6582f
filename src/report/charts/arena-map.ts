import type { Program } from "../../lab/index.ts";
import { shortBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import { drawing } from "./chart.ts";
import { escapeHtml } from "./escape-html.ts";
import { readOutBox } from "./read-out.ts";
import { chartLeft, chartRight, chartTop, chartWidth, place } from "./scale.ts";
import { makeAxis } from "./axis.ts";
import { phaseMarks } from "./phase-marks.ts";
import { residentsOf } from "./residents.ts";
import { legendOf } from "./xy-chart.ts";

/** Colours of the kinds: the same in every report. */
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

/** Each tensor of a training step as a rectangle: from its first operation to its last, and from its first byte to its last. */
export function arenaMap(program: Program): string {
  const { graph, peakBytes } = program;
  const column = (chartWidth - chartLeft - chartRight) / Math.max(1, graph.step.length);
  const y = makeAxis([0, peakBytes], bottom, chartTop, {
    title: "",
    format: shortBytes,
    fromZero: true,
    binary: true,
  });
  const rows = y.ticks
    .filter((tick) => tick <= peakBytes)
    .map((tick) => {
      const at = place(y.at(tick));
      return `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${at}" y2="${at}"/><text class="tick" x="${chartLeft - 8}" y="${at}" dy="0.32em" text-anchor="end">${shortBytes(tick)}</text>`;
    });
  const residents = residentsOf(program);
  const blocks = residents.map(({ item, first, last }) => {
    const left = chartLeft + first * column;
    const width = Math.max(1.5, (last - first + 1) * column);
    const top = y.at(item.offset + item.bytes);
    const height = Math.max(0.8, y.at(item.offset) - top);
    const said = [
      { text: item.label },
      { text: `${item.kind}, ${whole(item.bytes)} bytes at ${whole(item.offset)}` },
      { text: `operations ${first + 1} to ${last + 1} of ${graph.step.length}` },
    ];
    const shape = `x="${place(left)}" y="${place(top)}" width="${place(width)}" height="${place(height)}"`;
    return `<g class="at"><rect class="area c${kindColours[item.kind] ?? 12}" ${shape}/><rect class="near" ${shape}/>${readOutBox(left + width / 2, top, mapHeight, said)}</g>`;
  });
  const titles = `<text class="tick" x="${chartLeft}" y="${chartTop - 8}">bytes of the arena</text><text class="tick" x="${chartWidth - chartRight}" y="${mapHeight - 6}" text-anchor="end">operations of a step</text>`;
  const kinds = Object.keys(kindColours).filter((kind) => residents.some(({ item }) => item.kind === kind));
  const legend = legendOf(kinds.map((name) => ({ name, colour: kindColours[name] ?? 12 })));
  const label = escapeHtml("what lies where in the arena, operation by operation");
  return (
    drawing(
      label,
      mapHeight,
      `${rows.join("")}${phaseMarks(graph.step, column, bottom)}${blocks.join("")}${titles}`,
    ) + legend
  );
}
