import { describe, expect, test } from "vitest";
import { checkWindows } from "./check-windows.ts";

describe("windows of random conversations of every format", () => {
  test("break no rule of their provider that the history does not break, and stay within the budget", async () => {
    const { windows, faults } = await checkWindows(300, 1);
    expect(windows).toBeGreaterThanOrEqual(300);
    expect(faults).toEqual([]);
  });
});
