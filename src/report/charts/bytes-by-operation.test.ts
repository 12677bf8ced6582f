import { describe, expect, test } from "vitest";
import { compile, dense, flatten, network, transformer } from "../../lab/index.ts";
import type { Program } from "../../lab/index.ts";
import { formatInteger } from "../text/format-table.ts";
import { chartLeft, chartRight, chartWidth } from "./scale.ts";
import { drawBytesByOperation } from "./bytes-by-operation.ts";
import { drawPhaseMarks, findPhaseRuns } from "./phase-marks.ts";
import { sumBytesByKind, listResidents } from "./residents.ts";

const digits = network({ shape: [6, 6] }, [
  flatten(),
  dense(16, { activation: "relu" }),
  dense(4, { activation: "softmax" }),
]);

function columns(chart: string): readonly string[] {
  return chart.split('<g class="at">').slice(1);
}

describe("the bytes at each operation", () => {
  test("have a column for each operation that says its kinds, and reach the arena's size at the fullest", () => {
    const program = compile(digits, { batch: 8, threads: 1 });
    const chart = drawBytesByOperation(program);
    const said = columns(chart);
    expect(said).toHaveLength(program.graph.step.length);
    const full = program.ledger.phases.toSorted((a, b) => b.ledger.total - a.ledger.total)[0];
    expect(full).toBeDefined();
    const needed = `needed: ${formatInteger(full?.ledger.total ?? 0)} of ${formatInteger(program.peakBytes)} bytes`;
    const column = said.find((text) => text.includes(needed));
    expect(column).toContain(full?.at);
    for (const { kind, size } of full?.ledger.kinds ?? [])
      expect(column).toContain(`${kind}: ${formatInteger(size)}`);
    expect(chart).toContain(`arena, ${formatInteger(program.peakBytes)} bytes`);
    expect(chart).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("are read out in at most 440 columns, each the fullest of its operations", () => {
    const words = transformer({ vocabulary: 20, context: 4, width: 8, layers: 24, heads: 2 });
    const program = compile(words, { batch: 2, threads: 1 });
    expect(program.graph.step.length).toBeGreaterThan(440);
    const kinds = [...sumBytesByKind(listResidents(program), program.graph.step.length).values()];
    const loads = program.graph.step.map((_, index) =>
      kinds.reduce((sum, row) => sum + (row[index] ?? 0), 0),
    );
    const said = columns(drawBytesByOperation(program));
    expect(said.length).toBeLessThanOrEqual(440);
    const each = Math.ceil(loads.length / said.length);
    for (const [index, column] of said.entries()) {
      const most = Math.max(...loads.slice(index * each, (index + 1) * each));
      expect(column).toContain(`needed: ${formatInteger(most)} of`);
    }
  });
});

type Step = Program["graph"]["step"];

/** Returns a step whose operations have these phases. */
function stepOf(...phases: readonly Step[number]["phase"][]): Step {
  const [operation] = compile(digits, { threads: 1 }).graph.step;
  return phases.flatMap((phase) => (operation === undefined ? [] : [{ ...operation, phase }]));
}

describe("the phases of a step", () => {
  test("are runs of operations, in order", () => {
    const step = stepOf("forward", "forward", "backward", "update", "update");
    expect(findPhaseRuns(step)).toEqual([
      { phase: "forward", from: 0, length: 2 },
      { phase: "backward", from: 2, length: 1 },
      { phase: "update", from: 3, length: 2 },
    ]);
    expect(findPhaseRuns([])).toEqual([]);
  });

  test("leave out a name that has no room; the last one ends at the right where it must", () => {
    const step = stepOf(...Array.from({ length: 98 }, () => "forward" as const), "backward", "update");
    const marks = drawPhaseMarks(step, (chartWidth - chartLeft - chartRight) / step.length, 270);
    expect([...marks.matchAll(/>(\w+)<\/text>/g)].map((match) => match[1])).toEqual(["forward", "update"]);
    expect(marks).toMatch(/x="944" y="288" text-anchor="end">update/);
    expect(marks.match(/<line/g)).toHaveLength(3);
  });
});
