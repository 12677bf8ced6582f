import { openMemoryStore } from "../../store/memory-store.ts";
import type { Store } from "../../store/store.ts";
import { openMemory } from "../open-memory.ts";
import type { Memory } from "../open-memory.ts";
import type { Synced } from "../thread.ts";
import { changeConversation } from "./happenings.fixture.ts";
import type { Conversation, Happening } from "./happenings.fixture.ts";
import type { Dialect, Said } from "./dialects.fixture.ts";

/** A word as only one conversation ever gets it. */
const word = /zqt?\d+x/g;
/** The same without those of reasoning: a message's first bytes are kept with the reasoning that they came with. */
const saidWord = /zq\d+x/g;
const long = "This is the very same first answer that everybody gets who opens a conversation like that.";
const openers = ["hi", "continue", "Please look at the repository."];
const budgets = [160, 240, 400, 700, 1_500, 100_000];

/** Conversations of two owners behind one gateway, which begin alike and differ later. Collects what goes wrong. */
export class World {
  readonly faults: string[] = [];
  /** Numbers of what was seen, so that a test can tell that it tries what it should. */
  readonly seen = {
    requests: 0,
    stubs: 0,
    edits: 0,
    recalled: 0,
    forks: 0,
    reduced: 0,
    cuts: 0,
    continued: 0,
  };
  readonly conversations: Conversation[] = [];
  readonly #dialect: Dialect;
  readonly #store: Store = openMemoryStore();
  #memory: Memory | undefined;
  #words = 0;
  #time = 1_700_000_000_000;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async run(list: readonly Happening[]): Promise<void> {
    for (const happening of list) await this.#happen(happening);
    await this.#verifyStore();
  }

  #word(owner: Conversation, times = 1): string {
    return Array.from({ length: times }, () => {
      const made = `zq${this.#words++}x`;
      owner.held.add(made).add(made.replace("zq", "zqt"));
      return made;
    }).join(" ");
  }

  #open({ how, much }: Happening): Conversation {
    const tools = [undefined, ["read", "run"], ["read"]][much % 3];
    const made: Conversation = {
      owner: `owner-${how % 2}`,
      session: [undefined, "s1", "s1", "s2"][much % 4],
      system: [undefined, "You are an agent.", "You are another agent."][how % 3],
      tools,
      movesReminders: much % 2 === 0,
      list: [],
      held: new Set(),
    };
    if (how % 5 === 0)
      made.list.push(
        { kind: "user", text: "2 + 2?" },
        {
          kind: "answer",
          text: "4. This example is long enough to be mistaken for an answer that was given.",
        },
      );
    made.list.push(this.#user(made, openers[how % openers.length] ?? "hi", much));
    return made;
  }

  #user(conversation: Conversation, text: string, much: number): Said {
    const reminder = much % 3 === 0 ? { reminder: this.#word(conversation, 2) } : {};
    return { kind: "user", text, ...reminder };
  }

  async #happen(happening: Happening): Promise<void> {
    const { kind, who, how, much } = happening;
    if (kind === "restart") {
      await this.#memory?.close();
      this.#memory = undefined;
      return;
    }
    const one = this.conversations[who % Math.max(1, this.conversations.length)];
    if (kind === "open" || one === undefined) {
      const made = this.#open(happening);
      this.conversations.push(made);
      return this.#request(made, how, much);
    }
    changeConversation(one, happening, {
      word: (times) => this.#word(one, times),
      user: (text) => this.#user(one, text, much),
      branch: (made) => this.conversations.push(made),
    });
    if (kind === "compact") return this.#compact(one, how);
    return this.#request(one, how, much);
  }

  /** Lets the client ask for a summary and go on with it. */
  async #compact(one: Conversation, how: number): Promise<void> {
    const kept = one.list.slice(-2);
    const summary = `Summary of what was done so far: ${this.#word(one, 30)}.`;
    one.list.push({ kind: "user", text: "Summarize the conversation." });
    await this.#request(one, how, 0, summary);
    one.list = [{ kind: "user", text: `The conversation so far: ${summary}` }];
    if (how % 2 === 0 && kept[0]?.kind === "user")
      one.list.push({ kind: "answer", text: "Understood." }, ...kept);
    await this.#request(one, how, 1);
  }

  async #request(one: Conversation, how: number, much: number, text?: string): Promise<void> {
    this.#time += 1_000;
    this.#memory ??= await openMemory({
      store: this.#store,
      clock: () => this.#time,
      model: "claude-sonnet-4-5",
    });
    const { owner, session, system, tools } = one;
    const body = this.#dialect.body(this.#render(one, how), {
      ...(system === undefined ? {} : { system }),
      ...(tools === undefined ? {} : { tools }),
    });
    const synced = await this.#memory.sync(body, {
      owner,
      ...(session === undefined ? {} : { session }),
    });
    this.seen.requests++;
    if (synced.relation === "fork") this.seen.forks++;
    if (synced.relation === "reduced") this.seen.reduced++;
    if (synced.relation === "cut") this.seen.cuts++;
    if (synced.relation === "continued") this.seen.continued++;
    await this.#look(one, synced, { how, much });
    await this.#answer(one, synced, { how, much, text });
    if (much % 11 === 0) await this.#look(one, synced, { how: how + 1, much: much + 1 });
  }

  #render(one: Conversation, how: number): readonly object[] {
    const newest = one.list.findLastIndex(({ kind }) => kind === "user");
    return one.list.map((said, index) => {
      const shown =
        said.kind === "user" && one.movesReminders && index !== newest
          ? ({ kind: "user", text: said.text } as const)
          : said;
      return how % 2 === 0 || index >= newest ? this.#dialect.write(shown) : this.#dialect.rewrite(shown);
    });
  }

  /** Makes everything that Loadline shows for a request, and looks for words that the conversation never held. */
  async #look(
    one: Conversation,
    synced: Synced,
    { how, much }: { readonly how: number; readonly much: number },
  ): Promise<void> {
    const budgetTokens = budgets[(how + much) % budgets.length] ?? 400;
    const window = await synced.window({ budgetTokens, overflow: "minimum", recallShare: 0.4 });
    this.seen.edits += window.edits.length;
    this.seen.stubs += window.parts.filter(({ kind }) => kind === "stub").length;
    this.seen.recalled += window.recalled === undefined ? 0 : 1;
    this.#check(one, "window", window.json);
    const others = this.conversations.flatMap(({ held }) => [...held].slice(-3)).slice(-40);
    const found = await synced.thread.recall(`hi continue answer ${others.join(" ")}`, {
      budgetTokens: 2_000,
    });
    this.#check(one, "recall", found.items.map((item) => item.text).join("\n"));
    this.#check(one, "edits", JSON.stringify(await synced.thread.edits()));
    for (const handle of [`#${how % (synced.length + 2)}`, `#${synced.length - 1}`, "e1"]) {
      const shown = await synced.thread.expand(handle).catch(() => []);
      this.#check(one, `expand ${handle}`, JSON.stringify(shown));
    }
  }

  #check({ held }: Conversation, where: string, text: string): void {
    const words = text.match(where.startsWith("expand") ? saidWord : word) ?? [];
    for (const found of words) if (!held.has(found)) this.faults.push(`${where}: ${found}`);
  }

  async #answer(
    one: Conversation,
    synced: Synced,
    { how, much, text }: { readonly how: number; readonly much: number; readonly text: string | undefined },
  ): Promise<void> {
    const isFirst = !one.list.some(({ kind }) => kind === "answer" || kind === "call");
    const texts = [
      long,
      "Done.",
      `Answer ${this.#word(one, 1)}.`,
      `A longer answer about ${this.#word(one, 20)}.`,
    ];
    const chosen = text ?? (isFirst && how % 3 > 0 ? long : (texts[much % texts.length] ?? long));
    const said: Said = {
      kind: "answer",
      text: chosen,
      ...(much % 4 === 0 ? { thinking: `I think of ${this.#word(one, 2).replaceAll("zq", "zqt")}` } : {}),
    };
    // An answer that the gateway did not see looks like the same words that it saw in another conversation.
    if (how % 9 !== 8 || chosen === long)
      await synced.answer([this.#dialect.write(said)], { responseId: `resp_${this.#words}` });
    if (how % 13 !== 12) one.list.push(said);
  }

  /** Looks for words that are not stored, and for those that a path holds twice. */
  async #verifyStore(): Promise<void> {
    for (const owner of ["owner-0", "owner-1"]) {
      const stored = new Set<string>();
      for (const { thread } of await this.#store.listThreads(owner)) {
        const { length } = await this.#store.head(thread);
        const entries = await this.#store.entries(thread, 0, length);
        const places = new Map<string, number>();
        for (const { seq, json } of entries) {
          for (const found of new Set(json.match(saidWord))) {
            stored.add(found);
            if (json.includes("Summary of")) continue;
            if (places.has(found))
              this.faults.push(`${thread}: #${places.get(found)} and #${seq} hold ${found}`);
            places.set(found, seq);
          }
        }
      }
      for (const one of this.conversations) {
        // A thread of one message without tools is provisional, so it is not listed.
        if (one.owner !== owner || one.list.length <= 2) continue;
        // A reminder that a stored message gains lives with the request.
        const said = one.list.slice(0, -1).map((message) => ({ ...message, reminder: "", thinking: "" }));
        for (const found of JSON.stringify(said).match(saidWord) ?? [])
          if (!stored.has(found)) this.faults.push(`not stored: ${found}`);
      }
    }
  }
}
