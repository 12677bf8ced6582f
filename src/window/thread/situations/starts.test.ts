import { describe, expect, test } from "vitest";
import { dialects } from "./dialects.fixture.ts";
import type { Dialect } from "./dialects.fixture.ts";
import { answer, longText, openGateway, read, user } from "./gateway.fixture.ts";

const each = dialects.map((dialect) => [dialect.format, dialect] as const);
const frame = { system: "You are an agent.", tools: ["read"] };
const budget = { budgetTokens: 100_000 };

describe.each(each)("conversations that begin alike (%s)", (_, dialect: Dialect) => {
  test("row 1: two clients with the same opener have two threads", async () => {
    const { ask } = await openGateway(dialect);
    const a = await ask([user("hi")], { frame, answer: answer("Hello!") });
    const b = await ask([user("hi")], { frame, answer: answer("Good day!") });
    const a2 = await ask([user("hi"), answer("Hello!"), user("alpha words")], { frame });
    const b2 = await ask([user("hi"), answer("Good day!"), user("beta words")], { frame });
    expect(new Set([a.thread.id, b.thread.id]).size).toBe(2);
    expect(a2.thread.id).not.toBe(b2.thread.id);
    expect((await b2.window(budget)).json).not.toContain("alpha");
  });

  test("row 2: the same first answer is a shared past, and what follows parts without edits of the other", async () => {
    const { ask } = await openGateway(dialect);
    const start = [user("hi"), answer(longText("both"))];
    await ask([user("hi")], { frame, answer: answer(longText("both")) });
    const list = [...start, user("alpha"), ...read("toolu_alpha_0001", "alpha line\n".repeat(300))];
    const a = await ask([...list, answer("ok"), user("alpha again")], { frame });
    const shown = await a.window({ budgetTokens: 200, overflow: "minimum" });
    expect(shown.edits.length).toBeGreaterThan(0);
    const b = await ask([...start, user("beta")], { frame });
    expect(b.relation).toBe("fork");
    expect(await b.thread.edits()).toEqual([]);
    expect((await b.window(budget)).json).not.toContain("alpha");
  });

  test("row 3: evaluation prompts with equal examples have a thread each", async () => {
    const { ask, memory } = await openGateway(dialect);
    const shots = Array.from({ length: 10 }, (__, index) => [
      user(`example ${index}`),
      answer(longText(`example ${index}`)),
    ]).flat();
    const ids = new Set<string>();
    // Threads are found in the same way in every format: one of them has the full number.
    const prompts = dialect.format === "openai-chat" ? 1_000 : 100;
    for (let index = 0; index < prompts; index++)
      ids.add((await ask([...shots, user(`question ${index}`)], { frame, answer: answer("4") })).thread.id);
    expect(ids.size).toBe(prompts);
    expect((await memory.threads()).length).toBe(prompts);
  }, 60_000);

  test("row 4: title, three sub-agents and the main agent of one session have five threads", async () => {
    const { ask, memory } = await openGateway(dialect);
    const session = "s1";
    const roles = ["title", "search", "test", "review", "main"];
    for (const role of roles) {
      const own = {
        system: `You are ${role === "main" ? "an agent" : `the ${role} helper`}.`,
        tools: ["read"],
      };
      await ask([user("Look around.")], { session, frame: own, answer: answer(longText(role)) });
    }
    const threads = await memory.threads();
    expect(threads.length).toBe(5);
    expect(new Set(threads.map((thread) => thread.session))).toEqual(new Set([session]));
  });

  test("row 5: eight equal starts at once become eight branches with their own answers", async () => {
    const { ask, memory } = await openGateway(dialect);
    const session = "s1";
    const names = Array.from({ length: 8 }, (__, index) => `agent ${index}`);
    const starts = await Promise.all(
      names.map((name) => ask([user("Go.")], { session, frame, answer: answer(longText(name)) })),
    );
    expect(new Set(starts.map(({ thread }) => thread.id)).size).toBe(1);
    const next = [];
    for (const name of names) {
      const synced = await ask([user("Go."), answer(longText(name)), user(`more of ${name}`)], {
        session,
        frame,
      });
      next.push(synced.thread.id);
      const { json } = await synced.window(budget);
      for (const other of names) expect(json.includes(longText(other))).toBe(other === name);
    }
    expect(new Set(next).size).toBe(8);
    expect((await memory.threads()).length).toBe(8);
  });

  test("row 6: equal turns of one list are all kept", async () => {
    const { memory } = await openGateway(dialect);
    const thread = await memory.thread("ticks");
    const list = Array.from({ length: 12 }, () => [user("continue"), answer("ok")]).flat();
    for (let end = 2; end <= list.length; end += 2)
      await thread.sync(dialect.body(list.slice(0, end).map(dialect.write)));
    expect(await thread.length()).toBe(24);
  });

  test("row 26: the same history in another format is another conversation", async () => {
    const { ask, memory } = await openGateway(dialect);
    const list = [user("hi"), answer(longText("x"))];
    const one = await ask([user("hi")], { session: "s1", frame, answer: answer(longText("x")) });
    const other = dialects.find(({ format }) => format !== dialect.format) ?? dialect;
    const two = await memory.sync(other.body([...list, user("on")].map(other.write), frame), {
      session: "s1",
    });
    expect(two.thread.id).not.toBe(one.thread.id);
    expect((await memory.threads()).every(({ continues }) => continues === undefined)).toBe(true);
  });

  test("row 28: a plain chat's first turn is provisional until its second", async () => {
    const { ask, memory } = await openGateway(dialect);
    const first = await ask([user("hi")], { answer: answer(longText("chat")) });
    expect(await memory.threads()).toEqual([]);
    const second = await ask([user("hi"), answer(longText("chat")), user("and?")]);
    expect(second.thread.id).toBe(first.thread.id);
    expect((await memory.threads()).map(({ thread }) => thread)).toEqual([first.thread.id]);
    expect(second.length).toBe(3);
  });

  test("row 28: a side call is never listed, and its day is recorded; a chat that went on stays", async () => {
    let time = 1_700_000_000_000;
    const { ask, memory } = await openGateway(dialect, { clock: () => time });
    const side = await ask([user("Make a title of this.")], { answer: answer(longText("title")) });
    const chat = await ask([user("hi")], { answer: answer(longText("chat")) });
    const tooled = await ask([user("Fix it.")], { frame, answer: answer(longText("agent")) });
    expect((await memory.threads()).map(({ thread }) => thread)).toEqual([tooled.thread.id]);
    expect((await memory.store.findThread(side.thread.id))?.provisionalUntil).toBe(time + 24 * 3_600_000);
    await ask([user("hi"), answer(longText("chat")), user("and?")]);
    time += 25 * 3_600_000;
    await ask([user("another day")]);
    const listed = (await memory.threads()).map(({ thread }) => thread);
    expect(new Set(listed)).toEqual(new Set([chat.thread.id, tooled.thread.id]));
    expect((await memory.store.findThread(chat.thread.id))?.provisionalUntil).toBeUndefined();
  });

  test("row 31: two owners with equal text share nothing", async () => {
    const { ask, memory } = await openGateway(dialect);
    const list = [user("hi"), answer(longText("x")), user("on")];
    await ask([user("hi")], { owner: "one", session: "s", frame, answer: answer(longText("x")) });
    await ask(list, { owner: "one", session: "s", frame });
    const two = await ask(list, { owner: "two", session: "s", frame });
    expect(two.known).toBe(0);
    expect((await memory.threads("one")).length).toBe(1);
    expect((await memory.threads("two")).length).toBe(1);
  });

  test("row 33: a list that shares nothing with the named thread goes to a branch, or is refused", async () => {
    const { memory } = await openGateway(dialect);
    const thread = await memory.thread("named");
    const body = (...texts: string[]): object => dialect.body(texts.map((text) => dialect.write(user(text))));
    await thread.sync(body("a", "b", "c", "d"));
    const foreign = await thread.sync(body("x", "y", "z"));
    expect(foreign).toMatchObject({ relation: "foreign", known: 0, length: 3 });
    expect(foreign.warnings).toHaveLength(1);
    expect(foreign.thread.id).not.toBe("named");
    expect(await thread.length()).toBe(4);
    await expect(thread.sync(body("u", "v"), { strict: true })).rejects.toMatchObject({
      code: "not-a-continuation",
    });
  });

  test("row 34: a recall for one conversation never takes from another one of its owner", async () => {
    const { ask } = await openGateway(dialect);
    await ask([user("hi")], { frame, answer: answer(longText("both")) });
    await ask([user("hi"), answer(longText("both")), user("the private line is vault 7421")], { frame });
    const filler = Array.from({ length: 12 }, (__, index) => [
      user(`other matter ${index} ${"word ".repeat(60)}`),
      answer(`done ${index}`),
    ]).flat();
    const b = await ask(
      [user("hi"), answer(longText("both")), ...filler, user("what is the private line?")],
      { frame },
    );
    const window = await b.window({ budgetTokens: 500, recallShare: 0.5 });
    expect(window.json).not.toContain("7421");
    const found = await b.thread.recall("private line vault", { budgetTokens: 1_000 });
    expect(found.items.map(({ text }) => text).join("\n")).not.toContain("7421");
  });
});
