import { expect, test } from "vitest";
import { chainedEntries, lineRecord } from "./fixture.contract.ts";
import { code } from "./given.contract.ts";
import type { Given } from "./given.contract.ts";

/** Names of lines that a store must take as they are. Not sorted. */
const oddLines: readonly string[] = [
  "z'; DROP TABLE lines; --",
  "a",
  '"quoted"',
  "nul\u0000a",
  "nul\u0000b",
  "nul",
  "%_*?",
  "\uD83D\uDE00",
  "e\u0301",
  "\u00e9",
  " ",
  "A",
  "x".repeat(1_000),
  "__proto__",
  "../../etc/passwd",
];

/** Lines, their owners, and calibrations. */
export function lineContract(given: Given): void {
  test("a line is made once; the first owner stays", async () => {
    const store = given.store();
    expect(await store.findLine("m")).toBeUndefined();
    expect(await store.openLine(lineRecord("m", { owner: "first" }))).toEqual(
      lineRecord("m", { owner: "first" }),
    );
    expect((await store.openLine(lineRecord("m", { owner: "second", created: 5 }))).owner).toBe("first");
    expect(await store.findLine("m")).toEqual(lineRecord("m", { owner: "first" }));
    expect(await store.head("m")).toEqual({ length: 0, hash: "" });
  });

  test("an owner's lines come oldest first, whatever their names and clocks", async () => {
    const store = given.store();
    for (const [index, line] of ["m", "z", "a", "q"].entries())
      await store.openLine(lineRecord(line, { created: 100 - index, owner: line === "z" ? "other" : "me" }));
    expect((await store.listLines("me")).map(({ line }) => line)).toEqual(["m", "a", "q"]);
    expect(await store.listLines("no one")).toEqual([]);
  });

  test("two lines opened at once are one line", async () => {
    const store = given.store();
    const both = await Promise.all([
      store.openLine(lineRecord("m", { owner: "a" })),
      store.openLine(lineRecord("m", { owner: "b" })),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(await store.listLines("a")).toHaveLength(1);
    expect(await store.listLines("b")).toHaveLength(0);
  });

  test("hostile names of lines, owners and models stay apart and come back", async () => {
    const store = given.store();
    for (const line of oddLines) {
      await store.openLine(lineRecord(line, { owner: line }));
      await store.append(line, chainedEntries([line]));
      await store.writeCalibration({ model: line, json: JSON.stringify(line) });
    }
    for (const line of oddLines) {
      expect(await store.listLines(line)).toEqual([lineRecord(line, { owner: line })]);
      expect((await store.entries(line, 0, 9)).map(({ json }) => json)).toEqual([line]);
      expect(await store.readCalibration(line)).toEqual({ model: line, json: JSON.stringify(line) });
    }
  });

  test("a line that no one opened is not found", async () => {
    const store = given.store();
    const calls = [
      store.head("no"),
      store.append("no", chainedEntries(["a"])),
      store.entries("no", 0, 1),
      store.outlines("no", 0, 1),
      store.findByHash("no", "a", 1),
      store.search(["no"], ["a"], 1),
      store.appendEvents("no", []),
      store.events("no", 0),
      store.openLine(lineRecord("child", { parent: "no" })),
    ];
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ status: "rejected", reason: code("not-found") });
    expect(await store.findLine("child")).toBeUndefined();
  });

  test("a calibration is kept by model, the newest", async () => {
    const store = given.store();
    expect(await store.readCalibration("m")).toBeUndefined();
    await store.writeCalibration({ model: "m", json: '{"a":1}' });
    await store.writeCalibration({ model: "b", json: '{"b":1}' });
    await store.writeCalibration({ model: "m", json: '{"a":2}' });
    expect(await store.readCalibration("m")).toEqual({ model: "m", json: '{"a":2}' });
  });
}
