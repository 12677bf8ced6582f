import { expect, test } from "vitest";
import { LoadlineError } from "../../../shared/errors.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import type { Store } from "../../store/store.ts";
import { openMemory } from "../open-memory.ts";
import type { Memory } from "../open-memory.ts";
import { longConversation } from "../agent-conversation.fixture.ts";

const history = longConversation(8);

/** Wraps a store so that work runs before each append: it may wait, write or fail. */
function intercept(store: Store, before: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const value = target[name];
      if (typeof value !== "function") return value;
      if (name !== "append") return value.bind(target);
      return async (...given: Parameters<Store["append"]>) => {
        await before();
        return target.append(...given);
      };
    },
  });
}

const clock = (): number => 1_700_000_000_000;

function open(store: Store): Promise<Memory> {
  return openMemory({ store, model: "gpt-4o", clock });
}

async function listJson(store: Store, thread: string): Promise<readonly string[]> {
  const { length } = await store.head(thread);
  return (await store.entries(thread, 0, length)).map(({ json }) => json);
}

const wanted = history.map((message) => JSON.stringify(message));

test("a window is made while its messages are being stored", async () => {
  const store = openMemoryStore();
  const gate = Promise.withResolvers<void>();
  const thread = await (await open(intercept(store, () => gate.promise))).thread("t");
  const synced = await thread.sync(history);
  const window = await synced.window({ budgetTokens: 100_000 });
  expect(window.messages).toHaveLength(history.length);
  expect(await listJson(store, "t")).toEqual([]);
  gate.resolve();
  await synced.committed;
  expect(await listJson(store, "t")).toEqual(wanted);
});

test("an entry leaves the window only once it is stored", async () => {
  const store = openMemoryStore();
  let isStored = false;
  const slow = intercept(store, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    isStored = true;
  });
  const thread = await (await open(slow)).thread("t");
  const synced = await thread.sync(history);
  expect((await synced.window({ budgetTokens: 1_500 })).edits.length).toBeGreaterThan(0);
  expect(isStored).toBe(true);
});

test("a full store is reported by committed, and the same history can be synced again", async () => {
  const store = openMemoryStore();
  let isFull = false;
  const full = intercept(store, async () => {
    if (isFull) throw new LoadlineError("store-full", "disk full");
  });
  const thread = await (await open(full)).thread("t");
  await (
    await thread.sync(history.slice(0, 5))
  ).committed;
  isFull = true;
  const synced = await thread.sync(history);
  const { committed } = synced;
  await expect(committed).rejects.toMatchObject({ code: "store-full" });
  await expect(synced.window({ budgetTokens: 100_000 })).rejects.toMatchObject({ code: "store-full" });
  expect(await thread.length()).toBe(5);
  isFull = false;
  const again = await thread.sync(history);
  await again.committed;
  expect(again).toMatchObject({ known: 5, relation: "equal" });
  expect(await listJson(store, "t")).toEqual(wanted);
  expect((await again.window({ budgetTokens: 100_000 })).messages).toHaveLength(history.length);
});

test("the next call throws what nobody waited for, once", async () => {
  let isFull = true;
  const full = intercept(openMemoryStore(), async () => {
    if (isFull) throw new LoadlineError("store-full", "disk full");
  });
  const thread = await (await open(full)).thread("t");
  await thread.sync(history);
  await expect(thread.length()).rejects.toMatchObject({ code: "store-full" });
  expect(await thread.length()).toBe(0);
  isFull = false;
  await (
    await thread.sync(history)
  ).committed;
  expect(await thread.length()).toBe(history.length);
});

test("two processes that store the same history at the same time store each message once", async () => {
  const store = openMemoryStore();
  const other = await (await open(store)).thread("t");
  let isFirst = true;
  const raced = intercept(store, async () => {
    if (!isFirst) return;
    isFirst = false;
    await (
      await other.sync(history.slice(0, 7))
    ).committed;
  });
  const synced = await (await (await open(raced)).thread("t")).sync(history);
  await synced.committed;
  expect(await listJson(store, "t")).toEqual(wanted);
  expect((await synced.window({ budgetTokens: 100_000 })).messages).toHaveLength(history.length);
});

test("what another process added otherwise is kept, and the history goes on in a fork", async () => {
  const store = openMemoryStore();
  const other = await (await open(store)).thread("t");
  const foreign = [...history.slice(0, 4), { role: "user", content: "something else entirely" }];
  let isFirst = true;
  const raced = intercept(store, async () => {
    if (!isFirst) return;
    isFirst = false;
    await (
      await other.sync(foreign)
    ).committed;
  });
  const thread = await (await open(raced)).thread("t");
  const synced = await thread.sync(history);
  await expect(synced.committed).rejects.toMatchObject({ code: "head-moved" });
  expect(await listJson(store, "t")).toEqual(foreign.map((message) => JSON.stringify(message)));
  const again = await thread.sync(history);
  await again.committed;
  expect(again.relation).toBe("fork");
  expect(await listJson(store, again.thread.id)).toEqual(wanted);
});
