import { expect, test } from "vitest";
import { openMemory } from "../open-memory.ts";

const secret = "the staging server listens on port 9417 behind the blue gate";

async function compact() {
  const memory = await openMemory({ model: "claude-sonnet-4-5", clock: () => 1_700_000_000_000 });
  const history: Record<string, unknown>[] = [{ role: "user", content: secret }];
  for (let turn = 0; turn < 8; turn++) {
    history.push({
      role: "assistant",
      content: `step ${turn} is done, the file is written and the test passes`,
    });
    history.push({ role: "user", content: `go on with step ${turn + 1} of the plan` });
  }
  const first = await memory.sync(history, { session: "s" });
  await first.answer({
    role: "assistant",
    content: `Summary of the work: ${"eight steps were done. ".repeat(20)}`,
  });
  const next = await memory.sync(
    [
      {
        role: "user",
        content: `Continued from before. Summary of the work: ${"eight steps were done. ".repeat(20)}`,
      },
      { role: "assistant", content: "I go on." },
      { role: "user", content: "Which port has the staging server behind the blue gate?" },
    ],
    { session: "s" },
  );
  return { memory, first, next };
}

test("a thread that continues another one after a summary recalls what that one held", async () => {
  const { memory, first, next } = await compact();
  expect(next.relation).toBe("continued");
  expect(next.thread.id).not.toBe(first.thread.id);
  const window = await next.window({ budgetTokens: 20_000 });
  expect(window.recalled?.text).toContain(secret);
  const found = await next.thread.recall("port of the staging server", { budgetTokens: 500 });
  const handle = found.items.find(({ text }) => text.includes("9417"))?.handle ?? "";
  expect(handle).toBe(`${first.thread.id}#0`);
  expect((await next.thread.expand(handle))[0]?.text).toBe(secret);
  await memory.close();
});

test("a summary that another session quotes links nothing", async () => {
  const { memory, first } = await compact();
  const quoted = [{ role: "user", content: `Summary of the work: ${"eight steps were done. ".repeat(20)}` }];
  const other = await memory.sync(quoted, { session: "another" });
  expect((await memory.store.findThread(other.thread.id))?.continues).toBeUndefined();
  await expect(other.thread.expand(`${first.thread.id}#0`)).rejects.toMatchObject({ code: "not-found" });
  expect((await other.thread.recall("port of the staging server", { budgetTokens: 500 })).items).toEqual([]);
  await memory.close();
});

test("recall leaves out what follows the history that the client went back to", async () => {
  const memory = await openMemory({ model: "gpt-4o" });
  const thread = await memory.thread("t");
  const start = [
    { role: "user", content: "name a harbour" },
    { role: "assistant", content: "Hamburg" },
    { role: "user", content: "and its river" },
  ];
  await thread.sync([...start, { role: "assistant", content: "the Elbe, 1094 kilometres" }]);
  await thread.sync(start);
  expect(
    (await thread.recall("Elbe kilometres", { budgetTokens: 500 })).items.map(({ seq }) => seq),
  ).not.toContain(3);
});
