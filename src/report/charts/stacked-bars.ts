import { escapeHtml } from "./escape-html.ts";

/** A part of a bar, from left to right. */
export interface BarPart {
  readonly name: string;
  readonly colour: number;
  readonly size: number;
  readonly label: string;
}

/** One bar with its heading; `limit` draws a dashed line at the budget. */
export interface StackedBar {
  readonly name: string;
  readonly value: string;
  readonly parts: readonly BarPart[];
  readonly limit?: number | undefined;
  /** True for a bar over its limit, or one that deserves attention. */
  readonly marked?: boolean;
}

const share = (size: number, of: number): string => `${Number(((100 * size) / of).toFixed(3))}%`;

/** Draws bars on one scale from plain elements, so that they fit the page on paper and on a phone too. */
export function drawStackedBars(bars: readonly StackedBar[]): string {
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
            `<i class="c${part.colour}" style="width:${share(part.size, largest)}" title="${escapeHtml(`${part.name}: ${part.label}`)}"></i>`,
        )
        .join("");
      const limit =
        bar.limit === undefined ? "" : `<em style="left:${share(bar.limit, largest)}" title="budget"></em>`;
      const label = bar.parts.map((part) => `${part.name} ${part.label}`).join(", ");
      return `<div class="bar${bar.marked === true ? " marked" : ""}"><p><span>${escapeHtml(bar.name)}</span> <b>${escapeHtml(bar.value)}</b></p><div class="track" role="img" aria-label="${escapeHtml(label)}">${parts}${limit}</div></div>`;
    })
    .join("\n");
}

/** Draws the legend of the colours, with the size of each. */
export function drawBarLegend(
  parts: readonly { readonly name: string; readonly colour: number; readonly label: string }[],
): string {
  const items = parts.map(
    ({ name, colour, label }) =>
      `<li><span class="key c${colour}"></span>${escapeHtml(name)} <span class="soft">${escapeHtml(label)}</span></li>`,
  );
  return `<ul class="legend">${items.join("")}</ul>`;
}
