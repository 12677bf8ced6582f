import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findRuleFaults } from "../../rules/find-rule-faults.ts";
import { openMemory } from "../open-memory.ts";
import { dialects } from "./dialects.fixture.ts";
import type { Synced } from "../thread.ts";
import type { Dialect, Said } from "./dialects.fixture.ts";
import { answer, longText, openGateway, read, user } from "./gateway.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "loadline-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const each = dialects.map((dialect) => [dialect.format, dialect] as const);
const frame = { system: "You are an agent.", tools: ["read"] };
const budget = { budgetTokens: 100_000 };

test("row 7: an append always adds, and adds once with the same key", async () => {
  const path = join(folder, "ticks.db");
  const [one, two] = [
    await openMemory({ store: { kind: "sqlite", path } }),
    await openMemory({ store: { kind: "sqlite", path } }),
  ];
  const [a, b] = [await one.thread("t"), await two.thread("t")];
  const tick = { role: "user", content: "tick" };
  for (let index = 0; index < 100; index++) await Promise.all([a.append([tick]), b.append([tick])]);
  expect(await a.length()).toBe(200);
  for (let index = 0; index < 3; index++) await a.append([tick], { key: "one" });
  await b.append([tick], { key: "one" });
  expect(await b.length()).toBe(201);
  await one.close();
  await two.close();
});

describe.each(each)("answers (%s)", (format, dialect: Dialect) => {
  test("row 8: the last answer is readable after a restart, also one that was cut", async () => {
    const store = { kind: "sqlite", path: join(folder, `${format}.db`) } as const;
    const first = await openGateway(dialect, { store });
    const synced = await first.ask([user("hi")], { frame });
    await synced.answer([dialect.write(answer(longText("x")))], { complete: false, responseId: "r1" });
    await first.memory.close();
    const second = await openGateway(dialect, { store });
    const found = await second.memory.findResponse("r1");
    const [given] = (await found?.answers()) ?? [];
    expect(given).toMatchObject({ confirmed: false, complete: false, responseId: "r1" });
    expect(given?.json).toContain(longText("x"));
    await second.memory.close();
  });

  test("row 9: three retries are one entry with three answers", async () => {
    const { ask } = await openGateway(dialect);
    const ids = new Set<string>();
    let last: Synced | undefined;
    for (let index = 0; index < 3; index++) {
      last = await ask([user("hi")], { session: "s", frame, answer: answer(longText(`try ${index}`)) });
      ids.add(last.thread.id);
    }
    expect(ids.size).toBe(1);
    expect((await last?.thread.answers())?.length).toBe(3);
    expect(last?.length).toBe(format === "openai-chat" ? 2 : 1);
  });

  test("row 10: a discarded answer is never recalled", async () => {
    const { ask } = await openGateway(dialect);
    await ask([user("hi")], { session: "s", frame, answer: answer(longText("zebra")) });
    await ask([user("hi")], { session: "s", frame, answer: answer(longText("heron")) });
    const synced = await ask([user("hi"), answer(longText("heron")), user("zebra or heron?")], { frame });
    const found = await synced.thread.recall("zebra heron", { budgetTokens: 1_000 });
    const text = found.items.map((item) => item.text).join("\n");
    expect(text).not.toContain(longText("zebra"));
    expect(text).toContain(longText("heron"));
  });

  test("row 11: an answer of which the client kept a part is one entry", async () => {
    const { ask } = await openGateway(dialect);
    const given = `${longText("first")} ${longText("second")} ${longText("third")}`;
    const first = await ask([user("hi")], { session: "s", frame, answer: answer(given) });
    const kept = given.slice(0, longText("first").length + 20);
    const synced = await ask([user("hi"), answer(kept), user("stop")], { session: "s", frame });
    expect(synced.thread.id).toBe(first.thread.id);
    const found = await synced.thread.recall("answered about first second third", { budgetTokens: 2_000 });
    expect(found.items.filter(({ role }) => role === "assistant")).toHaveLength(1);
  });

  test("row 23: a response of another owner is not found", async () => {
    const { ask, memory } = await openGateway(dialect);
    await ask([user("hi")], { owner: "one", frame, answer: answer(longText("x")) });
    expect(await memory.findResponse("resp_1", "one")).toBeDefined();
    expect(await memory.findResponse("resp_1", "two")).toBeUndefined();
  });

  test("row 29: two gateways on one thread lose nothing and make the same edits", async () => {
    const store = { kind: "sqlite", path: join(folder, `pairs-${format}.db`) } as const;
    const gateways = [await openGateway(dialect, { store }), await openGateway(dialect, { store })];
    const list: Said[] = [];
    let ids = new Set<string>();
    for (let turn = 0; turn < 50; turn++) {
      list.push(user(`question ${turn} ${"word ".repeat(30)}`));
      const pair = await Promise.all(gateways.map((gateway) => gateway.ask(list, { session: "s", frame })));
      for (const synced of pair) expect(synced.length).toBeGreaterThanOrEqual(list.length);
      const windows = [];
      for (const synced of pair) windows.push(await synced.window({ budgetTokens: 600 }));
      const given = answer(longText(`${turn}`));
      await pair[turn % 2]?.answer([dialect.write(given)]);
      if (turn > 0) {
        expect(windows[1]?.json).toBe(windows[0]?.json);
        ids = new Set([...ids, ...pair.map(({ thread }) => thread.id)]);
      }
      list.push(given);
    }
    expect(ids.size).toBeLessThanOrEqual(2);
    for (const { memory } of gateways) await memory.close();
  });

  test("row 30: a recall inside the gateway is put back before its answer, and the prefix is stable", async () => {
    const { ask } = await openGateway(dialect);
    const list: Said[] = [];
    let before = "";
    for (let turn = 0; turn < 10; turn++) {
      list.push(user(`question ${turn}`));
      const synced = await ask(list, { frame });
      const { json, messages } = await synced.window(budget);
      expect(findRuleFaults(format, messages)).toEqual([]);
      expect(json.startsWith(before.slice(0, -1))).toBe(true);
      before = json;
      await synced.thread.append(read(`toolu_hidden_${turn}`, "recalled text").map(dialect.rewrite), {
        hidden: true,
      });
      const given = answer(longText(`${turn}`), `thought ${turn}`);
      await synced.thread.answer([dialect.write(given)]);
      list.push(given);
    }
    expect(before.split("recalled text").length).toBe(10);
  });
});
