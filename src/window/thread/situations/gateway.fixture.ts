import { openMemory } from "../open-memory.ts";
import type { Memory, MemoryOptions } from "../open-memory.ts";
import type { Synced } from "../thread.ts";
import type { Dialect, FrameSaid, Said } from "./dialects.fixture.ts";

/** What a request has in addition to its messages. */
export interface Asked {
  readonly owner?: string;
  readonly session?: string;
  readonly frame?: FrameSaid;
  /** What the upstream gives; nothing is stored without it. */
  readonly answer?: Said;
}

/** A gateway between clients and a provider. */
export interface Gateway {
  readonly memory: Memory;
  /** Takes in what a client sends, and stores what the provider answers. */
  readonly ask: (messages: readonly Said[], asked?: Asked) => Promise<Synced>;
  /** The same with messages as a format writes them. */
  readonly send: (messages: readonly object[], asked?: Asked) => Promise<Synced>;
}

/** Returns a text that is long enough to prove that a history holds it, and that names what it is about. */
export function longText(name: string): string {
  return `This is what was answered about ${name}; nobody else got these words for ${name} in this place.`;
}

/** Returns a user's message. */
export function user(text: string, reminder?: string): Said {
  return { kind: "user", text, ...(reminder === undefined ? {} : { reminder }) };
}

/** Returns an answer. */
export function answer(text: string, thinking?: string): Said {
  return { kind: "answer", text, ...(thinking === undefined ? {} : { thinking }) };
}

/** Returns a call and its result. */
export function read(id: string, text: string, path = "a.txt"): readonly [Said, Said] {
  return [
    { kind: "call", id, name: "read", args: { path } },
    { kind: "result", id, text },
  ];
}

/** Opens a gateway for clients of one format. */
export async function openGateway(dialect: Dialect, options: MemoryOptions = {}): Promise<Gateway> {
  let time = 1_700_000_000_000;
  let responses = 0;
  const memory = await openMemory({ clock: () => (time += 1_000), model: "gpt-4o", ...options });
  const send: Gateway["send"] = async (messages, { frame, answer: given, ...sender } = {}) => {
    const synced = await memory.sync(dialect.body(messages, frame), sender);
    if (given !== undefined)
      await synced.answer([dialect.write(given)], { responseId: `resp_${++responses}` });
    return synced;
  };
  return { memory, send, ask: (messages, asked) => send(messages.map(dialect.write), asked) };
}
