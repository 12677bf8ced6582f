import { describe, expect, test } from "vitest";
import { openMemory } from "../open-memory.ts";

type Part = Readonly<Record<string, unknown>>;

/** Turns of the agent. */
const turns = 14;
/** Newest screenshots that the client sends as they are. */
const kept = 3;

function encode(turn: number, quality: string): string {
  return Buffer.from(`picture of page ${turn} in ${quality} ${"pixel ".repeat(40)}`).toString("base64");
}

/** How a client sends a screenshot again that is no longer one of the newest; undefined for no part at all. */
interface Screenshots {
  readonly isAddress: boolean;
  readonly fresh: (turn: number) => string;
  readonly old: (turn: number, request: number) => string | undefined;
  /** The text in place of an old screenshot. */
  readonly note?: string;
}

const ways: Readonly<Record<string, Screenshots>> = {
  dropped: { isAddress: false, fresh: (turn) => encode(turn, "full"), old: () => undefined },
  "replaced by a text": {
    isAddress: false,
    fresh: (turn) => encode(turn, "full"),
    old: () => undefined,
    note: "[screenshot omitted]",
  },
  "encoded again": {
    isAddress: false,
    fresh: (turn) => encode(turn, "full"),
    old: (turn) => encode(turn, "low quality"),
  },
  "at a signed address": {
    isAddress: true,
    fresh: (turn) => `https://files.example/page-${turn}.png?signature=${turn}a`,
    old: (turn, request) => `https://files.example/page-${turn}.png?signature=${request}b&expires=${request}`,
  },
};

interface Client {
  readonly picture: (source: string, isAddress: boolean) => Part;
  readonly text: (text: string) => Part;
  readonly call: (turn: number) => Part;
  /** The messages that show what a call returned. */
  readonly shot: (turn: number, parts: readonly Part[]) => readonly Part[];
  readonly isInput?: boolean;
}

const asUrl = (source: string, isAddress: boolean): string =>
  isAddress ? source : `data:image/png;base64,${source}`;

const clients: Readonly<Record<string, Client>> = {
  anthropic: {
    picture: (source, isAddress) => ({
      type: "image",
      source: isAddress
        ? { type: "url", url: source }
        : { type: "base64", media_type: "image/png", data: source },
    }),
    text: (text) => ({ type: "text", text }),
    call: (turn) => ({
      role: "assistant",
      content: [
        { type: "tool_use", id: `toolu_0000000000000${turn}`, name: "computer", input: { click: turn } },
      ],
    }),
    shot: (turn, parts) => [
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: `toolu_0000000000000${turn}`, content: parts }],
      },
    ],
  },
  "openai-chat": {
    picture: (source, isAddress) => ({ type: "image_url", image_url: { url: asUrl(source, isAddress) } }),
    text: (text) => ({ type: "text", text }),
    call: (turn) => ({
      role: "assistant",
      content: null,
      tool_calls: [
        {
          id: `call_00000000000000${turn}`,
          type: "function",
          function: { name: "click", arguments: `{"at":${turn}}` },
        },
      ],
    }),
    shot: (turn, parts) => [
      { role: "tool", tool_call_id: `call_00000000000000${turn}`, content: "clicked" },
      { role: "user", content: [{ type: "text", text: `This is page ${turn}.` }, ...parts] },
    ],
  },
  "openai-responses": {
    picture: (source, isAddress) => ({ type: "input_image", image_url: asUrl(source, isAddress) }),
    text: (text) => ({ type: "input_text", text }),
    call: (turn) => ({
      type: "function_call",
      call_id: `call_00000000000000${turn}`,
      name: "click",
      arguments: `{"at":${turn}}`,
    }),
    shot: (turn, parts) => [
      { type: "function_call_output", call_id: `call_00000000000000${turn}`, output: parts },
    ],
    isInput: true,
  },
};

/** Returns the messages of one request, the newest screenshots as they are and older ones as the client keeps them. */
function render(client: Client, way: Screenshots, request: number): readonly Part[] {
  const list: Part[] = [{ role: "user", content: "Open the page and look around." }];
  for (let turn = 0; turn < request; turn++) {
    const isNew = turn >= request - kept;
    const source = isNew ? way.fresh(turn) : way.old(turn, request);
    const parts = [client.text(`page ${turn}`)];
    if (source !== undefined) parts.push(client.picture(source, way.isAddress));
    else if (way.note !== undefined) parts.push(client.text(way.note));
    list.push(client.call(turn), ...client.shot(turn, parts));
  }
  return list;
}

describe.each(Object.entries(clients))("row 16: a screenshot agent that keeps three (%s)", (_, client) => {
  test.each(Object.entries(ways))("old screenshots %s leave one thread", async (__, way) => {
    const memory = await openMemory({ model: "gpt-4o" });
    for (let request = 1; request <= turns; request++) {
      const list = render(client, way, request);
      const body = client.isInput === true ? { input: list } : { messages: list };
      const synced = await memory.sync({ model: "m", tools: [], ...body }, { session: "s" });
      expect(["equal", "reduced"]).toContain(synced.relation);
      expect(synced.length).toBe(list.length);
      const window = await synced.window({ budgetTokens: 1_000_000, keepImages: 100 });
      expect(window.json).toBe(JSON.stringify(list));
      expect(window.cache.brokenBy).not.toBe("edit");
      await synced.answer([client.call(request)], { responseId: `resp_${request}` });
    }
    expect((await memory.threads()).length).toBe(1);
  });
});
