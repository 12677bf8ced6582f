import stringWidth from "fast-string-width";
import { plainLayout } from "./text-style.ts";
import { showOnOneLine } from "./visible-text.ts";
import type { TextLayout } from "./text-style.ts";

const wholeNumbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Returns a whole number with thousands separators, the same on every machine. */
export function formatInteger(value: number): string {
  return wholeNumbers.format(Math.round(value) + 0);
}

/** Returns a share in per cent with one digit, or a dash when the total is 0. */
export function formatPercent(part: number, of: number): string {
  return of === 0 ? "-" : `${tenths.format((100 * part) / of)} %`;
}

/** Between two columns. */
const gap = "  ";
/** A last column of text that has less room than this is read more easily in a record of its own. */
const minTextColumns = 24;

function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - stringWidth(text))) + text;
}

function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

/** Returns the beginning of a text that is at most `width` places wide, at least one character. Wide characters take two places. */
export function cutToWidth(text: string, width: number): string {
  let shown = "";
  for (const character of text) {
    if (shown !== "" && stringWidth(shown + character) > width) break;
    shown += character;
  }
  return shown;
}

/** Splits a text at spaces into lines of at most `width` characters; a longer word is cut. */
function wrap(text: string, width: number): readonly string[] {
  if (stringWidth(text) <= width) return [text];
  const lines: string[] = [];
  // Leading spaces are an indent, and stay.
  const indent = /^ */u.exec(text)?.[0] ?? "";
  let line = indent;
  for (const word of text.slice(indent.length).split(" ")) {
    const longer = line === indent || line === "" ? `${line}${word}` : `${line} ${word}`;
    if (stringWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line.trim() !== "") lines.push(line);
    let rest = word;
    while (stringWidth(rest) > width) {
      const part = cutToWidth(rest, width);
      lines.push(part);
      rest = rest.slice(part.length);
    }
    line = rest;
  }
  return [...lines, line];
}

/** Returns a paragraph, wrapped where the line ends; the lines after the first are indented by `indent`. */
export function formatParagraph(text: string, { columns }: Pick<TextLayout, "columns">, indent = ""): string {
  if (stringWidth(text) <= columns) return text;
  const lines = wrap(text, Math.max(minTextColumns, columns - indent.length));
  return lines.map((line, index) => (index === 0 ? line : `${indent}${line}`)).join("\n");
}

/** Wraps each line of a text that is wider than the terminal. Not for text to copy, such as an engine's settings. */
export function fitLines(text: string, layout: Pick<TextLayout, "columns">): string {
  return text
    .split("\n")
    .map((line) => formatParagraph(line, layout, `${/^ */u.exec(line)?.[0] ?? ""}  `))
    .join("\n");
}

/** Formats each row as a block of lines, for a terminal that is too narrow for the columns. */
function formatRecords(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { columns, style }: TextLayout,
): string {
  const titleWidth = head.slice(1).reduce((most, title) => Math.max(most, stringWidth(title)), 0);
  const room = Math.max(minTextColumns, columns - titleWidth - 2 * gap.length);
  return rows
    .map(([first = "", ...cells]) => {
      const lines = cells.flatMap((cell, index) =>
        cell.trim() === ""
          ? []
          : wrap(cell, room).map(
              (part, at) =>
                `${gap}${padEnd(at === 0 ? (head[index + 1] ?? "") : "", titleWidth)}${gap}${part}`,
            ),
      );
      return [...wrap(first, columns).map(style.heading), ...lines].join("\n");
    })
    .join("\n");
}

/**
 * Returns a table in plain text: the first column to the left, the others to the right unless `left` names them. A last
 * column to the left is wrapped where the line ends; where the others do not fit, each row becomes a block of lines. Control
 * characters in cells are shown as escapes.
 */
export function formatTable(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  left: readonly number[] = [0],
  layout: TextLayout = plainLayout,
): string {
  const rows = cells.map((row) => row.map(showOnOneLine));
  const last = head.length - 1;
  const isOpen = left.includes(last);
  const widths = head.map((title, column) =>
    // A last column of text needs no padding: its rule is as long as its title, however long a cell is.
    isOpen && column === last
      ? stringWidth(title)
      : rows.reduce((most, row) => Math.max(most, stringWidth(row[column] ?? "")), stringWidth(title)),
  );
  const before = widths.slice(0, isOpen ? -1 : undefined).reduce((sum, width) => sum + width + gap.length, 0);
  const room = layout.columns - before;
  const longest = rows.reduce((most, row) => Math.max(most, stringWidth(row[last] ?? "")), 0);
  const fits = isOpen ? longest <= room || room >= minTextColumns : before - gap.length <= layout.columns;
  if (!fits) return formatRecords(head, rows, layout);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (left.includes(column) ? padEnd : padStart)(cell, widths[column] ?? 0))
      .join(gap)
      .trimEnd();
  const lines = rows.flatMap((row) => {
    if (!isOpen || longest <= room) return [line(row)];
    return wrap(row[last] ?? "", room).map((part, index) =>
      index === 0 ? line([...row.slice(0, last), part]) : `${" ".repeat(before)}${part}`,
    );
  });
  const rule = widths
    .map((width) => "─".repeat(width))
    .join(gap)
    .trimEnd();
  return [layout.style.heading(line(head)), layout.style.soft(rule), ...lines].join("\n");
}

/** Draws a bar of block characters for a share of 0 to 1. */
export function drawBar(share: number, width = 24): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const rest = " ▏▎▍▌▋▊▉"[eighths % 8] ?? "";
  return `${"█".repeat(Math.floor(eighths / 8))}${eighths % 8 === 0 ? "" : rest}`.padEnd(width);
}
