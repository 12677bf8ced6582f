import type { Program } from "../../lab/index.ts";
import { shortBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import { kindColours } from "./arena-map.ts";
import type { Axis } from "./axis.ts";
import { makeAxis } from "./axis.ts";
import { legendOf } from "./xy-chart.ts";
import { drawing } from "./chart.ts";
import { area, curveStepAfter, stack } from "./d3.ts";
import type { SeriesPoint } from "./d3.ts";
import { escapeHtml } from "./escape-html.ts";
import type { ReadOutLine } from "./read-out.ts";
import { readOutBox, wrapText } from "./read-out.ts";
import { chartLeft, chartRight, chartTop, chartWidth, place } from "./scale.ts";
import { phaseMarks } from "./phase-marks.ts";
import { bytesByKind, residentsOf } from "./residents.ts";

const height = 320;
const bottom = height - 46;
/** Narrower columns cannot be pointed at, and each makes the page larger. */
const mostColumns = 440;

/** One kind of a stack: `values` are its bytes at each operation. */
interface Layer {
  readonly kind: string;
  readonly colour: number;
  readonly values: readonly number[];
}

function layersOf(program: Program): readonly Layer[] {
  const kinds = bytesByKind(residentsOf(program), program.graph.step.length);
  return Object.entries(kindColours).flatMap(([kind, colour]) => {
    const values = kinds.get(kind);
    return values === undefined ? [] : [{ kind, colour, values }];
  });
}

/** Returns one area per kind, each on top of the one before; a corner only where the kind's band changes. */
function areasOf(layers: readonly Layer[], column: number, y: Axis): string {
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
        `<path class="area c${layers[index]?.colour ?? 0}" d="${path(cornersOf(band)) ?? ""}"/>`,
    )
    .join("");
}

/** A place where a band of the stack begins, changes or ends. */
interface Corner {
  readonly operation: number;
  readonly lower: number;
  readonly upper: number;
}

function cornersOf(band: readonly SeriesPoint<number>[]): Corner[] {
  const corners = band.flatMap(([lower, upper], operation) => {
    const before = band[operation - 1];
    const isSame = before !== undefined && before[0] === lower && before[1] === upper;
    return isSame ? [] : [{ operation, lower, upper }];
  });
  const last = corners.at(-1);
  return last === undefined ? [] : [...corners, { ...last, operation: band.length }];
}

function sayOperation(program: Program, layers: readonly Layer[], index: number): readonly ReadOutLine[] {
  const { step } = program.graph;
  const operation = step[index];
  const needed = layers.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
  return [
    { text: `operation ${index + 1} of ${step.length}, ${operation?.phase ?? ""}` },
    ...wrapText(`${operation?.name ?? ""}: ${operation?.label ?? ""}`).map((text) => ({ text })),
    { text: `needed: ${whole(needed)} of ${whole(program.peakBytes)} bytes` },
    ...layers
      .filter(({ values }) => (values[index] ?? 0) > 0)
      .map(({ kind, colour, values }) => ({ text: `${kind}: ${whole(values[index] ?? 0)}`, colour }))
      .toReversed(),
  ];
}

/** Invisible columns that read out an operation each, or the fullest of a few where there are very many. */
function columnsOf(program: Program, layers: readonly Layer[], column: number): string {
  const operations = program.graph.step.length;
  const each = Math.max(1, Math.ceil(operations / mostColumns));
  const load = (index: number): number => layers.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
  const columns: string[] = [];
  for (let from = 0; from < operations; from += each) {
    const to = Math.min(operations, from + each);
    let fullest = from;
    for (let index = from + 1; index < to; index++) if (load(index) > load(fullest)) fullest = index;
    const left = chartLeft + from * column;
    const width = (to - from) * column;
    const box = readOutBox(left + width / 2, chartTop + 4, height, sayOperation(program, layers, fullest));
    columns.push(
      `<g class="at"><rect class="column" x="${place(left)}" y="${chartTop}" width="${place(width)}" height="${place(bottom - chartTop)}"/>${box}</g>`,
    );
  }
  return columns.join("");
}

/**
 * The bytes that are needed at each operation of a training step, stacked by kind, under a dashed line for the size of the
 * arena. Between the stack and the line lies what this operation does not need.
 */
export function bytesByOperation(program: Program): string {
  const { graph, peakBytes } = program;
  const layers = layersOf(program);
  const column = (chartWidth - chartLeft - chartRight) / Math.max(1, graph.step.length);
  const y = makeAxis([0, peakBytes], bottom, chartTop, {
    title: "bytes needed",
    format: shortBytes,
    binary: true,
    fromZero: true,
  });
  const rows = y.ticks.map((tick) => {
    const at = place(y.at(tick));
    return `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${at}" y2="${at}"/><text class="tick" x="${chartLeft - 8}" y="${at}" dy="0.32em" text-anchor="end">${escapeHtml(y.format(tick))}</text>`;
  });
  const arena = place(y.at(peakBytes));
  const body = [
    ...rows,
    areasOf(layers, column, y),
    phaseMarks(graph.step, column, bottom),
    `<line class="limit" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${arena}" y2="${arena}"/>`,
    `<text class="tick" x="${chartLeft}" y="${chartTop - 8}">${escapeHtml(y.title)}</text>`,
    `<text class="tick" x="${chartWidth - chartRight}" y="${height - 4}" text-anchor="end">operations of a step</text>`,
    columnsOf(program, layers, column),
  ];
  const legend = legendOf([
    ...layers.map(({ kind, colour }) => ({ name: kind, colour })),
    { name: `arena, ${whole(peakBytes)} bytes`, colour: 12, dashed: true },
  ]);
  return drawing("bytes needed at each operation, by kind", height, body.join("")) + legend;
}
