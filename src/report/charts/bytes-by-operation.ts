import type { Program } from "../../lab/index.ts";
import { formatShortBytes } from "../text/format-bytes.ts";
import { formatInteger } from "../text/format-table.ts";
import { kindColours } from "./arena-map.ts";
import type { Axis } from "./axis.ts";
import { makeAxis } from "./axis.ts";
import { drawLegend } from "./xy-chart.ts";
import { wrapDrawing } from "./chart.ts";
import { area, curveStepAfter, stack } from "./d3.ts";
import type { SeriesPoint } from "./d3.ts";
import { escapeHtml } from "./escape-html.ts";
import type { ReadOutLine } from "./read-out.ts";
import { drawReadOut, wrapText } from "./read-out.ts";
import { chartLeft, chartRight, chartTop, chartWidth, formatPlace } from "./scale.ts";
import { drawPhaseMarks } from "./phase-marks.ts";
import { sumBytesByKind, listResidents } from "./residents.ts";

const height = 320;
const bottom = height - 46;
/** More columns would be too narrow to point at, and each makes the page larger. */
const maxColumns = 440;

/** One kind of the stack: `values` are its bytes at each operation. */
interface Layer {
  readonly kind: string;
  readonly colour: number;
  readonly values: readonly number[];
}

function sumByKind(program: Program): readonly Layer[] {
  const kinds = sumBytesByKind(listResidents(program), program.graph.step.length);
  return Object.entries(kindColours).flatMap(([kind, colour]) => {
    const values = kinds.get(kind);
    return values === undefined ? [] : [{ kind, colour, values }];
  });
}

/** Returns one area per kind, each on top of the one before; a corner only where the kind's band changes. */
function drawAreas(layers: readonly Layer[], column: number, y: Axis): string {
  const operations = [...(layers[0]?.values.keys() ?? [])];
  const stacked = stack<number, number>()
    .keys(layers.keys())
    .value((operation, index) => layers[index]?.values[operation] ?? 0)(operations);
  const path = area<Corner>()
    .x(({ operation }) => chartLeft + operation * column)
    .y0(({ lower }) => y.at(lower))
    .y1(({ upper }) => y.at(upper))
    .curve(curveStepAfter)
    .digits(1);
  return stacked
    .map(
      (band, index) =>
        `<path class="area c${layers[index]?.colour ?? 0}" d="${path(findCorners(band)) ?? ""}"/>`,
    )
    .join("");
}

/** A place where a band of the stack begins, changes or ends. */
interface Corner {
  readonly operation: number;
  readonly lower: number;
  readonly upper: number;
}

function findCorners(band: readonly SeriesPoint<number>[]): Corner[] {
  const corners = band.flatMap(([lower, upper], operation) => {
    const before = band[operation - 1];
    const isSame = before !== undefined && before[0] === lower && before[1] === upper;
    return isSame ? [] : [{ operation, lower, upper }];
  });
  const last = corners.at(-1);
  return last === undefined ? [] : [...corners, { ...last, operation: band.length }];
}

function readOutOperation(program: Program, layers: readonly Layer[], index: number): readonly ReadOutLine[] {
  const { step } = program.graph;
  const operation = step[index];
  const needed = layers.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
  return [
    { text: `operation ${index + 1} of ${step.length}, ${operation?.phase ?? ""}` },
    ...wrapText(`${operation?.name ?? ""}: ${operation?.label ?? ""}`).map((text) => ({ text })),
    { text: `needed: ${formatInteger(needed)} of ${formatInteger(program.peakBytes)} bytes` },
    ...layers
      .filter(({ values }) => (values[index] ?? 0) > 0)
      .map(({ kind, colour, values }) => ({ text: `${kind}: ${formatInteger(values[index] ?? 0)}`, colour }))
      .toReversed(),
  ];
}

/** Draws invisible columns that each read out one operation, or the largest of a few where there are many. */
function drawColumns(program: Program, layers: readonly Layer[], column: number): string {
  const operations = program.graph.step.length;
  const each = Math.max(1, Math.ceil(operations / maxColumns));
  const load = (index: number): number => layers.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
  const columns: string[] = [];
  for (let from = 0; from < operations; from += each) {
    const to = Math.min(operations, from + each);
    let fullest = from;
    for (let index = from + 1; index < to; index++) if (load(index) > load(fullest)) fullest = index;
    const left = chartLeft + from * column;
    const width = (to - from) * column;
    const box = drawReadOut(
      left + width / 2,
      chartTop + 4,
      height,
      readOutOperation(program, layers, fullest),
    );
    columns.push(
      `<g class="at"><rect class="column" x="${formatPlace(left)}" y="${chartTop}" width="${formatPlace(width)}" height="${formatPlace(bottom - chartTop)}"/>${box}</g>`,
    );
  }
  return columns.join("");
}

/**
 * Draws the bytes that are needed at each operation of a training step, stacked by kind, under a dashed line for the size of the
 * arena. The room between the stack and the line is not needed by that operation.
 */
export function drawBytesByOperation(program: Program): string {
  const { graph, peakBytes } = program;
  const layers = sumByKind(program);
  const column = (chartWidth - chartLeft - chartRight) / Math.max(1, graph.step.length);
  const y = makeAxis([0, peakBytes], bottom, chartTop, {
    title: "bytes needed",
    format: formatShortBytes,
    binary: true,
    fromZero: true,
  });
  const rows = y.ticks.map((tick) => {
    const at = formatPlace(y.at(tick));
    return `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${at}" y2="${at}"/><text class="tick" x="${chartLeft - 8}" y="${at}" dy="0.32em" text-anchor="end">${escapeHtml(y.format(tick))}</text>`;
  });
  const arena = formatPlace(y.at(peakBytes));
  const body = [
    ...rows,
    drawAreas(layers, column, y),
    drawPhaseMarks(graph.step, column, bottom),
    `<line class="limit" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${arena}" y2="${arena}"/>`,
    `<text class="tick" x="${chartLeft}" y="${chartTop - 8}">${escapeHtml(y.title)}</text>`,
    `<text class="tick" x="${chartWidth - chartRight}" y="${height - 4}" text-anchor="end">operations of a step</text>`,
    drawColumns(program, layers, column),
  ];
  const legend = drawLegend([
    ...layers.map(({ kind, colour }) => ({ name: kind, colour })),
    { name: `arena, ${formatInteger(peakBytes)} bytes`, colour: 12, dashed: true },
  ]);
  return wrapDrawing("bytes needed at each operation, by kind", height, body.join("")) + legend;
}
