import { escapeHtml } from "./escape-html.ts";
import { chartBottom, chartRight, chartTop, chartWidth, place } from "./scale.ts";
import type { Scale } from "./scale.ts";

/** One line of a read-out; `colour` puts the key of a series before it. */
export interface ReadOutLine {
  readonly text: string;
  readonly colour?: number;
}

/** Columns narrower than a pixel or two cannot be pointed at, and each makes the page larger. */
const mostColumns = 440;
const lineHeight = 17;
/** Width of a character of the read-out's 12 units of type, on the wide side: SVG cannot measure text. */
const characterWidth = 6.6;
const longestLine = 46;
/** More lines than this would not fit into a chart. */
const mostLines = 15;

/** Cuts a text into lines at spaces; a word longer than a line is cut, and so is a text of more than five lines. */
export function wrapText(text: string, length: number = longestLine): readonly string[] {
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
 * The box that shows while the pointer is on its group: beside `x`, on the side with more room, its top at `y` or, in a
 * drawing `tall` units high, as far up as it needs.
 */
export function readOutBox(x: number, y: number, tall: number, lines: readonly ReadOutLine[]): string {
  const shown =
    lines.length <= mostLines
      ? lines
      : [...lines.slice(0, mostLines - 1), { text: `and ${lines.length - mostLines + 1} more` }];
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
  return `<g transform="translate(${place(left)} ${place(boxTop)})"><g class="say${isLeft ? " before" : ""}"><rect class="box" width="${width}" height="${height}" rx="6"/>${rows.join("")}</g></g>`;
}

/**
 * Invisible columns over a chart, which show `lines` of the calls they stand for, `from` to `to` (inclusive). They need no
 * script: the page's style shows the box of the column that the pointer is on.
 */
export function readOutColumns(
  scale: Scale,
  lines: (from: number, to: number) => readonly ReadOutLine[],
): string {
  const each = Math.max(1, Math.ceil(scale.calls / mostColumns));
  const columns: string[] = [];
  for (let from = 0; from < scale.calls; from += each) {
    const to = Math.min(scale.calls, from + each) - 1;
    const left = scale.x(from) - scale.column / 2;
    const right = Math.min(chartWidth - chartRight, scale.x(to) + scale.column / 2);
    columns.push(
      `<g class="at"><rect class="column" x="${place(left)}" y="${chartTop}" width="${place(right - left)}" height="${place(scale.height - chartTop - chartBottom)}"/>${readOutBox((left + right) / 2, chartTop + 4, scale.height, lines(from, to))}</g>`,
    );
  }
  return columns.join("");
}
