const wholeNumbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Returns a whole number with thousands separators, the same on every machine. */
export function whole(value: number): string {
  return wholeNumbers.format(Math.round(value) + 0);
}

/** Returns a share in per cent with one digit, or a dash when the total is 0. */
export function percent(part: number, of: number): string {
  return of === 0 ? "-" : `${tenths.format((100 * part) / of)} %`;
}

/** A table in plain text: the first column to the left, the others to the right unless `left` names them. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): string {
  const widths = head.map((title, column) => {
    // A last column of text needs no padding: its rule is as long as its title, however long a cell is.
    const isOpen = column === head.length - 1 && left.includes(column);
    return isOpen
      ? title.length
      : rows.reduce((most, row) => Math.max(most, (row[column] ?? "").length), title.length);
  });
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        left.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [
    line(head),
    widths
      .map((width) => "─".repeat(width))
      .join("  ")
      .trimEnd(),
    ...rows.map(line),
  ].join("\n");
}

/** A bar of blocks for a share of 0 to 1. */
export function bar(share: number, width = 24): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const rest = " ▏▎▍▌▋▊▉"[eighths % 8] ?? "";
  return `${"█".repeat(Math.floor(eighths / 8))}${eighths % 8 === 0 ? "" : rest}`.padEnd(width);
}
