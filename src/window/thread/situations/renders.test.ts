import { describe, expect, test } from "vitest";
import { dialects } from "./dialects.fixture.ts";
import type { Dialect, Said } from "./dialects.fixture.ts";
import { answer, longText, openGateway, read, user } from "./gateway.fixture.ts";

const each = dialects.map((dialect) => [dialect.format, dialect] as const);
const frame = { system: "You are an agent.", tools: ["read"] };
const budget = { budgetTokens: 100_000 };
const lines = (name: string, count = 40): string =>
  Array.from({ length: count }, (_, index) => `${name} line ${index}`).join("\n");

/** Returns a conversation of turns with one call each. */
function turns(count: number, size = 40): Said[] {
  return Array.from({ length: count }, (_, index) => [
    user(`question ${index}`),
    ...read(`toolu_00000000_${index}`, lines(`file ${index}`, size), `${index}.txt`),
    answer(longText(`${index}`)),
  ]).flat();
}

describe.each(each)("what a client renders again (%s)", (_, dialect: Dialect) => {
  test("row 12: thirty results cleared in one request stay their entries", async () => {
    const { ask } = await openGateway(dialect);
    const list = turns(32);
    await ask(list.slice(0, -1), { frame, answer: list.at(-1) as Said });
    const cleared = list.map((said, index) =>
      said.kind === "result" && index < 120 ? { ...said, text: "[Old tool result content cleared]" } : said,
    );
    const synced = await ask([...cleared, user("on")], { frame });
    expect(synced).toMatchObject({ relation: "reduced", reduced: 30 });
    expect(synced.handles).toHaveLength(2);
    const result = list.findIndex(({ kind }) => kind === "result");
    const seq = result + (dialect.format === "openai-chat" ? 1 : 0);
    expect((await synced.thread.expand(`#${seq}`))[0]?.text).toContain("file 0 line 39");
    expect((await synced.window(budget)).json).not.toContain("file 0 line 39");
  });

  test("row 13: another result under the same call is a fork", async () => {
    const { ask } = await openGateway(dialect);
    const list = [user("q"), ...read("toolu_000000000001", "total 41"), answer(longText("x"))];
    const one = await ask(list.slice(0, -1), { frame, answer: list.at(-1) as Said });
    const first = await ask([user("q"), ...read("toolu_000000000001", "total 41"), answer(longText("x"))], {
      frame,
    });
    expect(first.thread.id).toBe(one.thread.id);
    const other = await one.thread.sync(
      dialect.body(
        [user("q"), ...read("toolu_000000000001", "total 42"), answer(longText("x"))].map(dialect.write),
        frame,
      ),
    );
    expect(other.relation).toBe("fork");
  });

  test("row 14 and 15: reasoning that is dropped or differs changes nothing", async () => {
    const { ask } = await openGateway(dialect);
    const list: Said[] = [];
    const threads = new Set<string>();
    for (let turn = 0; turn < 40; turn++) {
      list.push(user(`question ${turn}`));
      const given = answer(longText(`${turn}`), `thought ${turn}`);
      const stripped = list.map((said) =>
        said.kind === "answer" && turn % 2 === 0 ? answer(said.text) : said,
      );
      const synced = await ask(stripped, { frame, session: "s", answer: given });
      threads.add(synced.thread.id);
      list.push(given);
    }
    expect(threads.size).toBe(1);
  });

  test("row 17: blanks at the ends, line ends, and string or block are the same message", async () => {
    const { ask, send } = await openGateway(dialect);
    const list = turns(3);
    const first = await ask(list.slice(0, -1), { frame, answer: list.at(-1) as Said });
    const again = list.map((said) =>
      said.kind === "user" || said.kind === "result"
        ? dialect.rewrite({ ...said, text: `${said.text.replaceAll("\n", "\r\n")}\n` })
        : dialect.rewrite(said),
    );
    const body = [...again, dialect.write(user("on"))];
    const synced = await send(body, { frame });
    expect(synced.thread.id).toBe(first.thread.id);
    expect(synced).toMatchObject({ relation: "equal", reduced: 0 });
    expect(synced.handles).toHaveLength(2);
    const { json } = await synced.window(budget);
    for (const message of body) expect(json).toContain(JSON.stringify(message));
  });

  test("row 18: changed inner blanks are another message, but for a shortened result", async () => {
    const { memory } = await openGateway(dialect);
    const thread = await memory.thread("t");
    const body = (code: string): object =>
      dialect.body([user(code), answer(longText("x")), user("on")].map(dialect.write));
    await thread.sync(body("if (a) {\n  b();\n}"));
    expect((await thread.sync(body("if (a) {\n    b();\n}"))).relation).not.toBe("equal");
    expect(await thread.length()).toBe(3);
  });

  test("row 19: a reminder that moves to the newest message on each turn leaves one thread", async () => {
    const { ask } = await openGateway(dialect);
    const list: Said[] = [];
    const threads = new Set<string>();
    let length = 0;
    for (let turn = 0; turn < 40; turn++) {
      const now = [...list, user(`question ${turn}`, `It is minute ${turn}; 3 files are open.`)];
      const synced = await ask(now, { frame, answer: answer(longText(`${turn}`)) });
      threads.add(synced.thread.id);
      length = synced.length;
      const { json } = await synced.window(budget);
      expect(json.split("system-reminder>").length).toBe(3);
      list.push(user(`question ${turn}`), answer(longText(`${turn}`)));
    }
    expect(threads.size).toBe(1);
    expect(length).toBe(79 + (dialect.format === "openai-chat" ? 1 : 0));
  });

  test("row 20: an edited message forks, and edits of what is equal behind it are kept", async () => {
    const { memory } = await openGateway(dialect);
    const thread = await memory.thread("t");
    const list = turns(10, 400);
    const body = (said: readonly Said[]): object => dialect.body(said.map(dialect.write), frame);
    const full = await thread.sync(body([...list, user("on")]));
    const before = await full.window({ budgetTokens: 16_000, lowWater: 0.9, cache: "cold" });
    expect(before.edits.map(({ measure }) => measure)).toContain("clear-results");
    const edited = list.map((said, index) => (index === 8 ? user("another question") : said));
    const fork = await thread.sync(body([...edited, user("on")]));
    expect(fork.relation).toBe("fork");
    const window = await fork.window({ budgetTokens: 100_000, cache: "warm" });
    expect(window.cache.brokenBy).toBe("client");
    expect(window.cache.rewrittenTokens).toBeGreaterThan(0);
    expect(window.json).toContain("another question");
    // What was edited before stays edited, in front of the change and behind it.
    expect(window.parts.filter(({ kind }) => kind === "edited").length).toBeGreaterThan(3);
  });

  test("row 21: a client that keeps its newest messages goes on with one thread", async () => {
    const { ask } = await openGateway(dialect);
    const list: Said[] = [];
    const threads = new Set<string>();
    let length = 0;
    for (let turn = 0; turn < 200; turn++) {
      list.push(user(`question ${turn}`));
      const synced = await ask(list.slice(-19), { frame, answer: answer(longText(`${turn}`)) });
      threads.add(synced.thread.id);
      length = synced.length;
      list.push(answer(longText(`${turn}`)));
    }
    expect(threads.size).toBe(1);
    expect(length).toBe(399 + (dialect.format === "openai-chat" ? 1 : 0));
  });

  test("row 22: a summary links the next thread only in its session", async () => {
    const { ask, memory } = await openGateway(dialect);
    const summary = `Summary: ${"we changed the parser and its tests, and then the writer. ".repeat(6)}`;
    const asked = [user("do it"), answer(longText("it")), user("Summarize the conversation.")];
    await ask(asked.slice(0, 1), { frame, session: "s1", answer: answer(longText("it")) });
    const first = await ask(asked, { frame, session: "s1", answer: answer(summary) });
    const next = [user(`This session continues. ${summary}`), answer("Understood."), user("go on")];
    const linked = await ask(next, { frame, session: "s1" });
    const quoted = await ask(next, { frame, session: "s2" });
    const records = new Map((await memory.threads()).map((record) => [record.thread, record]));
    expect(linked.relation).toBe("continued");
    expect(records.get(linked.thread.id)?.continues).toBe(first.thread.id);
    expect(records.get(quoted.thread.id)?.continues).toBeUndefined();
    // The new thread never held what the old one gets afterwards.
    const later = [...asked, answer(summary), user("the pelican is a secret")];
    expect((await ask(later, { frame, session: "s1" })).thread.id).toBe(first.thread.id);
    const found = await linked.thread.recall("pelican secret answered about it", { budgetTokens: 2_000 });
    const text = found.items.map((item) => item.text).join("\n");
    expect(text).not.toContain("pelican");
    expect(text).toContain(longText("it"));
  });

  test("row 24: renamed, reused and unknown tool ids leave one thread", async () => {
    const { ask } = await openGateway(dialect);
    const list = turns(6);
    const first = await ask(list.slice(0, -1), { frame, answer: list.at(-1) as Said });
    let call = 0;
    const renamed = list.map((said) => {
      if (said.kind === "call") return { ...said, id: `call_renamed_${++call}` };
      return said.kind === "result" ? { ...said, id: `call_renamed_${call}` } : said;
    });
    const synced = await ask([...renamed, user("on")], { frame });
    expect(synced.thread.id).toBe(first.thread.id);
    expect(synced.handles).toHaveLength(2);
    const { json } = await synced.window(budget);
    expect(json).toContain("call_renamed_1");
    expect(json).not.toContain("toolu_00000000_0");
  });

  test("row 25 and 27: another model, a new date, and a tool that is added leave one thread", async () => {
    const { ask } = await openGateway(dialect);
    const writeDate = (day: number): string => `You are an agent. Today is 2026-11-${day}.`;
    const start = await ask([user("hi")], {
      frame: { system: writeDate(10), tools: ["read"] },
      answer: answer(longText("x")),
    });
    const list = [user("hi"), answer(longText("x")), user("on")];
    const later = await ask(list, { frame: { system: writeDate(11), tools: ["read"] } });
    const added = await ask(list, { frame: { system: writeDate(11), tools: ["read", "run"] } });
    const swapped = await ask(list, { frame: { system: "Another prompt.", tools: ["other"] } });
    expect(new Set([start, later, added, swapped].map(({ thread }) => thread.id)).size).toBe(1);
    expect((await swapped.window(budget)).cache.brokenBy).not.toBe("edit");
    const unlike = await ask([user("hi"), user("on")], {
      frame: { system: "Another prompt.", tools: ["x"] },
    });
    expect(unlike.thread.id).not.toBe(start.thread.id);
  });
});
