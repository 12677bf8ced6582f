import { escapeHtml } from "./escape-html.ts";
import { chartBottom, chartRight, chartTop, chartWidth, formatPlace } from "./scale.ts";
import type { Scale } from "./scale.ts";

/** One line of a read-out; `colour` puts the key of a series before it. */
export interface ReadOutLine {
  readonly text: string;
  readonly colour?: number;
}

/** More columns would be too narrow to point at, and each makes the page larger. */
const maxColumns = 440;
const lineHeight = 17;
/** Upper estimate of a character's width at 12 units of type: SVG cannot measure text. */
const characterWidth = 6.6;
const maxLineLength = 46;
/** More lines would not fit into a chart. */
const maxLines = 15;

/** Splits a text into lines at spaces. Cuts a word longer than a line, and a text of more than five lines. */
export function wrapText(text: string, length: number = maxLineLength): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.slice(0, length * 5).split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= length) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = word.length > length ? `${word.slice(0, length - 1)}…` : word;
    }
  }
  if (line !== "") lines.push(line);
  return text.length > length * 5 ? [...lines.slice(0, 5), "…"] : lines;
}

/**
 * Draws the box that shows while the pointer is on its group: next to `x`, on the side with more room, its top at `y`, or
 * higher if a drawing `tall` units high requires it.
 */
export function drawReadOut(x: number, y: number, tall: number, lines: readonly ReadOutLine[]): string {
  const shown =
    lines.length <= maxLines
      ? lines
      : [...lines.slice(0, maxLines - 1), { text: `and ${lines.length - maxLines + 1} more` }];
  const longest = shown.reduce((most, { text }) => Math.max(most, text.length), 0);
  const width = Math.ceil(longest * characterWidth) + 34;
  const isLeft = x > chartWidth / 2;
  const rows = shown.map(({ text, colour }, index) => {
    const base = 19 + index * lineHeight;
    const key =
      colour === undefined
        ? ""
        : `<rect class="area c${colour}" x="10" y="${base - 9}" width="9" height="9"/>`;
    return `${key}<text x="${colour === undefined ? 10 : 25}" y="${base}"${index === 0 ? ' class="head"' : ""}>${escapeHtml(text)}</text>`;
  });
  const height = shown.length * lineHeight + 12;
  const boxTop = Math.max(2, Math.min(y, tall - height - 2));
  const left = isLeft ? x - width - 12 : x + 12;
  return `<g transform="translate(${formatPlace(left)} ${formatPlace(boxTop)})"><g class="say${isLeft ? " before" : ""}"><rect class="box" width="${width}" height="${height}" rx="6"/>${rows.join("")}</g></g>`;
}

/**
 * Draws invisible columns over a chart that read out the calls `from` to `to` (inclusive). Needs no script: the page's
 * style shows the box of the column under the pointer.
 */
export function drawReadOutColumns(
  scale: Scale,
  lines: (from: number, to: number) => readonly ReadOutLine[],
): string {
  const each = Math.max(1, Math.ceil(scale.calls / maxColumns));
  const columns: string[] = [];
  for (let from = 0; from < scale.calls; from += each) {
    const to = Math.min(scale.calls, from + each) - 1;
    const left = scale.x(from) - scale.column / 2;
    const right = Math.min(chartWidth - chartRight, scale.x(to) + scale.column / 2);
    columns.push(
      `<g class="at"><rect class="column" x="${formatPlace(left)}" y="${chartTop}" width="${formatPlace(right - left)}" height="${formatPlace(scale.height - chartTop - chartBottom)}"/>${drawReadOut((left + right) / 2, chartTop + 4, scale.height, lines(from, to))}</g>`,
    );
  }
  return columns.join("");
}
