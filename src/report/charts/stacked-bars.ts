import { escapeHtml } from "./escape-html.ts";

/** A part of a bar, in the order in which they stand. */
export interface BarPart {
  readonly name: string;
  readonly colour: number;
  readonly size: number;
  readonly said: string;
}

/** One bar with what stands above it; `limit` draws a line where it may end. */
export interface StackedBar {
  readonly name: string;
  readonly value: string;
  readonly parts: readonly BarPart[];
  readonly limit?: number | undefined;
  /** True where it is over its limit, or of what the reader should look at. */
  readonly marked?: boolean;
}

const share = (size: number, of: number): string => `${Number(((100 * size) / of).toFixed(3))}%`;

/** Bars on one scale, of plain elements: they are as wide as the page, on paper and on a telephone too. */
export function stackedBars(bars: readonly StackedBar[]): string {
  const largest = bars.reduce(
    (most, bar) =>
      Math.max(
        most,
        bar.limit ?? 0,
        bar.parts.reduce((sum, part) => sum + part.size, 0),
      ),
    1,
  );
  return bars
    .map((bar) => {
      const parts = bar.parts
        .filter((part) => part.size > 0)
        .map(
          (part) =>
            `<i class="c${part.colour}" style="width:${share(part.size, largest)}" title="${escapeHtml(`${part.name}: ${part.said}`)}"></i>`,
        )
        .join("");
      const limit =
        bar.limit === undefined ? "" : `<em style="left:${share(bar.limit, largest)}" title="budget"></em>`;
      const said = bar.parts.map((part) => `${part.name} ${part.said}`).join(", ");
      return `<div class="bar${bar.marked === true ? " marked" : ""}"><p><span>${escapeHtml(bar.name)}</span> <b>${escapeHtml(bar.value)}</b></p><div class="track" role="img" aria-label="${escapeHtml(said)}">${parts}${limit}</div></div>`;
    })
    .join("\n");
}

/** What the colours mean, with the size of each. */
export function barLegend(
  parts: readonly { readonly name: string; readonly colour: number; readonly said: string }[],
): string {
  const items = parts.map(
    ({ name, colour, said }) =>
      `<li><span class="key c${colour}"></span>${escapeHtml(name)} <span class="soft">${escapeHtml(said)}</span></li>`,
  );
  return `<ul class="legend">${items.join("")}</ul>`;
}
