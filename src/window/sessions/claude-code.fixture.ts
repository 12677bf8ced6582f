/** Seconds after the first line of a log, for the next line. */
const clock = { second: 0 };

/** Sets the time of the next line. */
export function setSecond(second: number): void {
  clock.second = second;
}

/** Returns a line of the log with the fields that every line has. */
export function line(
  uuid: string,
  parentUuid: string | null,
  type: string,
  message: object,
  more: object = {},
): object {
  const timestamp = new Date(Date.UTC(2026, 0, 2, 3, 4, clock.second++)).toISOString();
  return {
    parentUuid,
    isSidechain: false,
    cwd: "/home/ann/shop",
    sessionId: "s1",
    type,
    message,
    uuid,
    timestamp,
    ...more,
  };
}

export const user = (uuid: string, parent: string | null, content: unknown, more: object = {}): object =>
  line(uuid, parent, "user", { role: "user", content }, more);

/** Returns the line of one block of an answer, as Claude Code writes it. */
export function block(uuid: string, parent: string, id: string, content: object, outputTokens = 1): object {
  const usage = {
    input_tokens: 3,
    cache_read_input_tokens: 900,
    cache_creation_input_tokens: 97,
    output_tokens: outputTokens,
  };
  return line(uuid, parent, "assistant", {
    id,
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [content],
    stop_reason: null,
    usage,
  });
}

export const text = (words: string): object => ({ type: "text", text: words });
export const call = (id: string): object => ({
  type: "tool_use",
  id,
  name: "Read",
  input: { file_path: `${id}.ts` },
});
export const result = (id: string): object => ({
  type: "tool_result",
  tool_use_id: id,
  content: `text of ${id}`,
});
