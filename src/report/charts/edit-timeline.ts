import { measures } from "../../window/index.ts";
import type { Edit, EditReason } from "../../window/index.ts";
import { formatInteger } from "../text/format-table.ts";
import { drawCallAxis, wrapDrawing } from "./chart.ts";
import { escapeHtml } from "./escape-html.ts";
import { drawReadOut, wrapText } from "./read-out.ts";
import { chartBottom, chartLeft, chartRight, chartTop, chartWidth, makeScale, formatPlace } from "./scale.ts";

/** An edit and the call it was made for, counted from 0. */
export interface EditAt {
  readonly at: number;
  readonly edit: Edit;
}

/** Index of the palette colour for each reason. */
export const reasonColours: Readonly<Record<EditReason, number>> = {
  forced: 2,
  pays: 3,
  cold: 0,
  requested: 4,
};

const laneHeight = 38;
const minMarkRadius = 4;
const maxMarkRadius = 11;
/** A mark reacts to the pointer from a little outside it. */
const reach = 3;
/** Leaves room for the read-out when there is only one lane. */
const minLanesHeight = 110;

/** Describes what an edit did, in one line. */
export function describeEdit(edit: Edit): string {
  const done =
    edit.freedTokens < 0
      ? `added ${formatInteger(-edit.freedTokens)}`
      : `freed ${formatInteger(edit.freedTokens)}`;
  return `e${edit.number} ${edit.measure}, ${edit.reason}: ${done}, rewrote ${formatInteger(edit.rewrittenTokens)}`;
}

/**
 * Draws one mark per edit: a lane for each measure, calls from left to right. The mark's area is the tokens freed or
 * added, its colour the reason. Pointing at a mark reads the edit out.
 */
export function drawEditTimeline(rows: readonly EditAt[], calls: number): string {
  const lanes = measures.filter((measure) => rows.some(({ edit }) => edit.measure === measure));
  const height = chartTop + Math.max(minLanesHeight, lanes.length * laneHeight) + chartBottom;
  const scale = makeScale(calls, 1, height);
  const most = rows.reduce((largest, { edit }) => Math.max(largest, Math.abs(edit.freedTokens)), 1);
  const laneY = (index: number): number => chartTop + laneHeight * index + laneHeight * 0.68;
  const rules = lanes.map(
    (measure, index) =>
      `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${formatPlace(laneY(index))}" y2="${formatPlace(laneY(index))}"/><text class="tick" x="4" y="${formatPlace(laneY(index) - 13)}">${escapeHtml(measure)}</text>`,
  );
  // Large marks first, so that small ones at the same call stay in reach of the pointer.
  const placed = rows
    .toSorted((a, b) => Math.abs(b.edit.freedTokens) - Math.abs(a.edit.freedTokens))
    .map(({ at, edit }) => {
      const share = Math.sqrt(Math.abs(edit.freedTokens) / most);
      const radius = minMarkRadius + (maxMarkRadius - minMarkRadius) * share;
      return { at, edit, x: scale.x(at), y: laneY(lanes.indexOf(edit.measure)), radius };
    });
  const marks = placed.map(
    ({ edit, x, y, radius }) =>
      `<circle class="edit c${reasonColours[edit.reason]}" cx="${formatPlace(x)}" cy="${formatPlace(y)}" r="${formatPlace(radius)}"/>`,
  );
  // The read-outs come after all marks: what comes later in a drawing covers what is before it.
  const readOuts = placed.map(({ at, edit, x, y, radius }) => {
    const lines = [
      { text: `call ${formatInteger(at + 1)}` },
      ...[describeEdit(edit), edit.why].flatMap((text) => wrapText(text)).map((text) => ({ text })),
    ];
    return `<g class="at"><circle class="near" cx="${formatPlace(x)}" cy="${formatPlace(y)}" r="${formatPlace(radius + reach)}"/>${drawReadOut(x, y - 30, height, lines)}</g>`;
  });
  const reasons = (Object.keys(reasonColours) as EditReason[]).filter((reason) =>
    rows.some(({ edit }) => edit.reason === reason),
  );
  const keys = reasons.map(
    (reason) => `<li><span class="key round c${reasonColours[reason]}"></span>${reason}</li>`,
  );
  return `${wrapDrawing("edits by call and measure", height, [...rules, drawCallAxis(scale), ...marks, ...readOuts].join(""))}<ul class="legend">${keys.join("")}</ul>`;
}
