import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runWords as run } from "./terminal.fixture.ts";

let folder = "";
const path = (name: string): string => join(folder, name);
const user = { role: "user", content: "Which port?" };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-"));
  const file = (name: string, value: unknown): void => writeFileSync(path(name), JSON.stringify(value));
  file("plain.json", [user, { role: "assistant", content: "8443" }]);
  file("pairs.json", [
    { conversations: [{ from: "human", value: "a" }] },
    {
      conversations: [
        { from: "human", value: "b" },
        { from: "gpt", value: "c" },
      ],
    },
  ]);
  file("unknown.json", [{ type: "wizard", text: "a" }]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the commands that read a conversation", () => {
  test("read a file in the format that --format names", async () => {
    const shown = JSON.parse((await run("inspect", path("plain.json"), "--json")).out) as { format: string };
    expect(shown.format).toBe("openai-chat");
    const asked = await run("inspect", path("plain.json"), "--json", "--format", "anthropic");
    expect((JSON.parse(asked.out) as { format: string }).format).toBe("anthropic");
  });

  test.each([
    ["openai-responses", [{ type: "user", message: user, uuid: "a" }]],
    ["openai-chat", [{ role: "user", parts: [{ type: "text", text: "a" }] }]],
    ["ollama", [{ role: "user", parts: [{ type: "text", text: "a" }] }]],
  ])("refuse a file of which nothing is %s, as --format names it", async (format, values) => {
    writeFileSync(path("wrong.json"), JSON.stringify(values));
    const { code, error } = await run("inspect", path("wrong.json"), "--format", format);
    expect(error).toContain(
      `--format: got ${format}, but nothing in the file has that format. Leave --format out to detect the format`,
    );
    expect(code).toBe(3);
  });

  test.each([["inspect"], ["replay", "--budget", "1k"], ["recall", "--query", "port"]])(
    "refuse an unknown --format in %s",
    async (command, ...options) => {
      const { code, error } = await run(command, path("plain.json"), ...options, "--format", "claude");
      expect(code).toBe(2);
      expect(error).toMatch(/--format: got "claude", allowed: openai-chat, /);
    },
  );

  test("choose one of several conversations with --conversation", async () => {
    const several = await run("inspect", path("pairs.json"));
    expect(several.code).toBe(3);
    expect(several.error).toMatch(/got 2 conversations, allowed: one; choose one \(--conversation N\)/);
    const { code, out } = await run("inspect", path("pairs.json"), "--conversation", "2");
    expect(code).toBe(0);
    expect(out).toMatch(/2 messages/);
    expect(out).toMatch(/converted from: ShareGPT/);
    const beyond = await run("inspect", path("pairs.json"), "--conversation", "3");
    expect(beyond.code).toBe(5);
    expect(beyond.error).toMatch(/--conversation: got 3, allowed: 1 to 2, the conversations of the file/);
  });

  test("exit with 3 for a file that no format knows, and name the file", async () => {
    const { code, error } = await run("inspect", path("unknown.json"));
    expect(code).toBe(3);
    expect(error).toMatch(/unknown\.json: format: got nothing that looks like a message; message 0/);
    expect(error).toMatch(/set format \(--format\) if you know which one it is/);
  });
});
