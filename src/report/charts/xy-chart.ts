import { wrapDrawing } from "./chart.ts";
import { line } from "./d3.ts";
import { escapeHtml } from "./escape-html.ts";
import { drawReadOut } from "./read-out.ts";
import { chartBottom, chartLeft, chartRight, chartTop, chartWidth, formatPlace } from "./scale.ts";
import type { Axis, AxisOptions } from "./axis.ts";
import { drawingHeight, makeX, makeY } from "./axis.ts";

/** A point of a chart; `readOut` holds the lines shown while the pointer is on it. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly readOut: readonly string[];
  /** Radius of its dot. Default 4. */
  readonly size?: number;
}

/** Points of one kind, joined by a line or not. */
export interface PointSeries {
  /** Name in the legend; a series without a name is left out of it. */
  readonly name: string;
  /** Index of its colour in the page's palette. */
  readonly colour: number;
  readonly points: readonly Point[];
  readonly joined: boolean;
  readonly dashed?: boolean;
}

export interface XyOptions {
  readonly x: AxisOptions;
  readonly y: AxisOptions;
}

function drawAxes(x: Axis, y: Axis): string {
  const bottom = drawingHeight - chartBottom;
  const rows = y.ticks.map((tick) => {
    const at = formatPlace(y.at(tick));
    return `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${at}" y2="${at}"/><text class="tick" x="${chartLeft - 8}" y="${at}" dy="0.32em" text-anchor="end">${escapeHtml(y.format(tick))}</text>`;
  });
  const columns = x.ticks.map((tick) => {
    const at = formatPlace(x.at(tick));
    return `<line class="grid" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 5}"/><text class="tick" x="${at}" y="${bottom + 18}" text-anchor="middle">${escapeHtml(x.format(tick))}</text>`;
  });
  const titles = `<text class="tick" x="${chartLeft}" y="${chartTop - 10}">${escapeHtml(y.title)}</text><text class="tick" x="${chartWidth - chartRight}" y="${drawingHeight - 4}" text-anchor="end">${escapeHtml(x.title)}</text>`;
  return `${rows.join("")}${columns.join("")}${titles}`;
}

function drawLine(series: PointSeries, x: Axis, y: Axis): string {
  if (!series.joined || series.points.length < 2) return "";
  const path =
    line<Point>(
      (point) => x.at(point.x),
      (point) => y.at(point.y),
    ).digits(1)([...series.points]) ?? "";
  return `<path class="line c${series.colour}"${series.dashed === true ? ' stroke-dasharray="6 5"' : ""} d="${path}"/>`;
}

function drawDots(series: PointSeries, x: Axis, y: Axis): string {
  return series.points
    .filter((point) => point.readOut.length > 0)
    .map((point) => {
      const [left, top] = [x.at(point.x), y.at(point.y)];
      const lines = point.readOut.map((text, index) =>
        index === 0 ? { text, colour: series.colour } : { text },
      );
      const dot = `<circle class="area c${series.colour}" cx="${formatPlace(left)}" cy="${formatPlace(top)}" r="${formatPlace(point.size ?? 4)}"/>`;
      const near = `<circle class="near" cx="${formatPlace(left)}" cy="${formatPlace(top)}" r="11"/>`;
      return `<g class="at">${dot}${near}${drawReadOut(left, top, drawingHeight, lines)}</g>`;
    })
    .join("");
}

/** Draws the names of the series with their colours. */
export function drawLegend(series: readonly Pick<PointSeries, "name" | "colour" | "dashed">[]): string {
  const items = series.map(
    ({ name, colour, dashed }) =>
      `<li><span class="key c${colour}${dashed === true ? " dashed" : ""}"></span>${escapeHtml(name)}</li>`,
  );
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** Draws points over two numeric axes. Leaves out points that are not finite. */
export function drawXyChart(label: string, series: readonly PointSeries[], options: XyOptions): string {
  const drawn = series.map((row) => ({
    ...row,
    points: row.points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y)),
  }));
  const points = drawn.flatMap((row) => row.points);
  if (points.length === 0) return `<p class="soft">Nothing to show: ${escapeHtml(label)}.</p>`;
  const x = makeX(
    points.map((point) => point.x),
    options.x,
  );
  const y = makeY(
    points.map((point) => point.y),
    options.y,
  );
  const lines = drawn.map((row) => drawLine(row, x, y)).join("");
  const dots = drawn.map((row) => drawDots(row, x, y)).join("");
  const listed = drawn.filter((row) => row.name !== "");
  const named = listed.length > 1 ? drawLegend(listed) : "";
  return wrapDrawing(label, drawingHeight, `${drawAxes(x, y)}${lines}${dots}`) + named;
}
