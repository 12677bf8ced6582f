import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GrowingList } from "./growing-list.ts";

describe("a growing list", () => {
  test("every version keeps its own values, whatever was appended to it or to an older one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.array(fc.integer(), { maxLength: 4 })), { maxLength: 30 }),
        (appends) => {
          const versions = [{ list: GrowingList.of<number>([]), expected: [] as readonly number[] }];
          for (const [choice, values] of appends) {
            const from = versions[choice % versions.length];
            if (from === undefined) continue;
            versions.push({ list: from.list.append(values), expected: [...from.expected, ...values] });
          }
          for (const { list, expected } of versions) {
            expect(list.length).toBe(expected.length);
            expect(list.toArray()).toEqual(expected);
            expect(list.slice(1, expected.length + 5)).toEqual(expected.slice(1));
            for (let index = -2; index < expected.length + 2; index++)
              expect(list.at(index)).toBe(expected.at(index));
            expect(list.findLastIndex((value) => value > 0)).toBe(
              expected.findLastIndex((value) => value > 0),
            );
          }
        },
      ),
      { numRuns: 200, seed: 21 },
    );
  });

  test("leaves the array it was made of as it was", () => {
    const values = [1, 2];
    const list = GrowingList.of(values);
    expect(list.append([3]).toArray()).toEqual([1, 2, 3]);
    expect(values).toEqual([1, 2]);
    expect(list.toArray()).toEqual([1, 2]);
  });
});
