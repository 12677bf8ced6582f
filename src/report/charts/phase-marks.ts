import type { Program } from "../../lab/index.ts";
import { chartLeft, chartRight, chartTop, chartWidth, formatPlace } from "./scale.ts";

/** Width of a character of a tick's label at its largest, on phones. */
const characterWidth = 11;

/** Returns runs of operations of one phase, each with the index of its first operation. */
export function findPhaseRuns(
  step: Program["graph"]["step"],
): readonly { readonly phase: string; readonly from: number; readonly length: number }[] {
  const starts = step.flatMap((operation, index) =>
    index > 0 && operation.phase === step[index - 1]?.phase ? [] : [index],
  );
  return starts.map((from, index) => ({
    phase: step[from]?.phase ?? "",
    from,
    length: (starts[index + 1] ?? step.length) - from,
  }));
}

/**
 * Draws a line where each phase of a step begins, and its name under the drawing. `column` is the width of an operation,
 * `bottom` the place of the axis. Leaves out a name that would overlap the next one; aligns the last one to the right edge.
 */
export function drawPhaseMarks(step: Program["graph"]["step"], column: number, bottom: number): string {
  const end = chartWidth - chartRight;
  let free = chartLeft;
  return findPhaseRuns(step)
    .map(({ phase, from, length }, index, runs) => {
      const x = chartLeft + from * column;
      const wide = phase.length * characterWidth;
      const isLast = index === runs.length - 1;
      const line = `<line class="grid" x1="${formatPlace(x)}" x2="${formatPlace(x)}" y1="${chartTop}" y2="${bottom + 5}"/>`;
      const left = isLast ? Math.min(x, end - wide) : x;
      const fits = left >= free && (isLast || length * column >= wide);
      if (!fits) return line;
      free = left + wide;
      const anchor = left < x ? ` text-anchor="end"` : "";
      return `${line}<text class="tick" x="${formatPlace(left < x ? end : x)}" y="${bottom + 18}"${anchor}>${phase}</text>`;
    })
    .join("");
}
