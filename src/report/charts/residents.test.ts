import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, dense, dropout, flatten, network, residual, transformer } from "../../lab/index.ts";
import type { CompileOptions, Program } from "../../lab/index.ts";
import { sumBytesByKind, listResidents } from "./residents.ts";

const digits = network({ shape: [6, 6] }, [
  flatten(),
  dense(16, { activation: "relu" }),
  residual([dense(16, { activation: "gelu" }), dropout(0.2)]),
  dense(4, { activation: "softmax" }),
]);
const words = transformer({ vocabulary: 50, context: 8, width: 16, layers: 2, heads: 2, dropout: 0.1 });

/** Programs of every way to update, with parts, recomputation and in-place work. */
const programs: fc.Arbitrary<Program> = fc
  .record({
    net: fc.constantFrom(digits, words),
    parts: fc.constantFrom(1, 2, 4),
    optimizer: fc.constantFrom("adam" as const, "sgd" as const, "none" as const),
    recompute: fc.constantFrom(undefined, 1, 2),
    updates: fc.constantFrom(undefined, "direct" as const, "immediate" as const, "after" as const),
  })
  .map(({ net, parts, optimizer, recompute, updates }) => {
    const options: CompileOptions = { batch: 8, microBatch: 8 / parts, threads: 2, optimizer };
    return compile(net, {
      ...options,
      ...(recompute === undefined ? {} : { recompute }),
      ...(updates === undefined || parts > 1 ? {} : { updates }),
    });
  });

describe("the residents of an arena", () => {
  test("hold at the fullest moment of each phase, kind by kind, what the ledger says", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const { step } = program.graph;
        const kinds = sumBytesByKind(listResidents(program), step.length);
        const loads = step.map((_, operation) =>
          [...kinds.values()].reduce((sum, row) => sum + (row[operation] ?? 0), 0),
        );
        for (const { phase, ledger } of program.ledger.phases) {
          const inPhase = loads.map((load, operation) => (step[operation]?.phase === phase ? load : -1));
          const most = Math.max(...inPhase);
          expect(most).toBe(ledger.total);
          const held = Object.fromEntries(
            [...kinds].flatMap(([kind, row]) => {
              const bytes = row[inPhase.indexOf(most)] ?? 0;
              return bytes > 0 ? [[kind, bytes]] : [];
            }),
          );
          expect(held).toEqual(Object.fromEntries(ledger.kinds.map(({ kind, size }) => [kind, size])));
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test("never lie on each other, and lie within the arena", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const residents = listResidents(program);
        for (const [index, a] of residents.entries()) {
          expect(a.first).toBeLessThanOrEqual(a.last);
          expect(a.last).toBeLessThan(program.graph.step.length);
          expect(a.item.offset + a.item.bytes).toBeLessThanOrEqual(program.peakBytes);
          for (const b of residents.slice(index + 1)) {
            const atOnce = a.first <= b.last && b.first <= a.last;
            const inOnePlace =
              a.item.offset < b.item.offset + b.item.bytes && b.item.offset < a.item.offset + a.item.bytes;
            if (atOnce && inOnePlace) expect.fail(`${a.item.label} lies on ${b.item.label}`);
          }
        }
      }),
      { numRuns: 20, seed: 2 },
    );
  });

  test("of a place that is taken over are one after the other, each with its own kind", () => {
    const program = compile(digits, { batch: 8, threads: 1 });
    const residents = listResidents(program);
    const find = (label: string): { first: number; last: number; kind: string; offset: number } => {
      const found = residents.find(({ item }) => item.label === label);
      if (found === undefined) throw new Error(`no ${label}`);
      return { first: found.first, last: found.last, kind: found.item.kind, offset: found.item.offset };
    };
    // The gradient of the output is written over the output itself, by the loss.
    const output = find("layers.3 output");
    const gradient = find("gradient of the output");
    expect(gradient.offset).toBe(output.offset);
    expect(gradient.first).toBe(output.last + 1);
    expect(gradient.kind).toBe("gradients");
    expect(output.kind).not.toBe("gradients");
  });
});
