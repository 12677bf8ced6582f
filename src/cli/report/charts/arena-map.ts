import type { Program } from "../../../lab/index.ts";
import { shortBytes } from "../../read-numbers.ts";
import { whole } from "../../table.ts";
import { drawing } from "../chart.ts";
import { escapeHtml } from "../escape-html.ts";
import { readOutBox } from "../read-out.ts";
import { chartLeft, chartRight, chartTop, chartWidth, place } from "../scale.ts";
import { makeAxis } from "./axis.ts";
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

function phaseMarks(program: Program, column: number): string {
  const { step } = program.graph;
  const marks: string[] = [];
  step.forEach((operation, index) => {
    if (index > 0 && operation.phase === step[index - 1]?.phase) return;
    // Updates within the backward pass are many and short: only the first of each long run gets a name.
    const run = step.slice(index).findIndex((each) => each.phase !== operation.phase);
    const length = run < 0 ? step.length - index : run;
    if (length * column < 60) return;
    const x = place(chartLeft + index * column);
    marks.push(
      `<line class="grid" x1="${x}" x2="${x}" y1="${chartTop}" y2="${bottom}"/><text class="tick" x="${x}" y="${bottom + 18}">${operation.phase}</text>`,
    );
  });
  return marks.join("");
}

/** Each tensor of a training step as a rectangle: from its first operation to its last, and from its first byte to its last. */
export function arenaMap(program: Program): string {
  const { plan, graph, peakBytes } = program;
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
  const blocks = plan.blocks.map((block) => {
    const tensor = graph.tensors[block.tensor];
    const left = chartLeft + block.first * column;
    const width = Math.max(1.5, (block.last - block.first + 1) * column);
    const top = y.at(block.offset + block.bytes);
    const height = Math.max(0.8, y.at(block.offset) - top);
    const said = [
      { text: block.tensors.map((id) => graph.tensors[id]?.label ?? "").join(", then ") },
      { text: `${tensor?.kind ?? ""}, ${whole(block.bytes)} bytes at ${whole(block.offset)}` },
      { text: `operations ${block.first + 1} to ${block.last + 1} of ${graph.step.length}` },
    ];
    const shape = `x="${place(left)}" y="${place(top)}" width="${place(width)}" height="${place(height)}"`;
    return `<g class="at"><rect class="area c${kindColours[tensor?.kind ?? ""] ?? 12}" ${shape}/><rect class="near" ${shape}/>${readOutBox(left + width / 2, top, mapHeight, said)}</g>`;
  });
  const titles = `<text class="tick" x="${chartLeft}" y="${chartTop - 8}">bytes of the arena</text><text class="tick" x="${chartWidth - chartRight}" y="${mapHeight - 6}" text-anchor="end">operations of a step</text>`;
  const kinds = Object.keys(kindColours).filter((kind) =>
    plan.blocks.some((block) => graph.tensors[block.tensor]?.kind === kind),
  );
  const legend = legendOf(kinds.map((name) => ({ name, colour: kindColours[name] ?? 12 })));
  const label = escapeHtml("what lies where in the arena, operation by operation");
  return (
    drawing(label, mapHeight, `${rows.join("")}${phaseMarks(program, column)}${blocks.join("")}${titles}`) +
    legend
  );
}
