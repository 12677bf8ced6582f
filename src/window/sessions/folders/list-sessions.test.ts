import { describe, expect, test } from "vitest";
import { LoadlineError } from "../../../shared/errors.ts";
import type { FileAccess, FolderEntry } from "./file-access.ts";
import { listSessions, openSession } from "./list-sessions.ts";

const time = Date.UTC(2026, 0, 2, 3, 4, 5);

/** What a file system in memory holds by path: a text, or a kind that is not read. */
type Files = Readonly<
  Record<string, string | { readonly kind: "link" | "other" } | { readonly fault: string }>
>;

/** Returns a file system in memory, and the bytes that were read of each file. */
function makeFiles(files: Files): FileAccess & { readonly readBytes: Map<string, number> } {
  const readBytes = new Map<string, number>();
  const encoded = new Map<string, Uint8Array>();
  const bytesOf = (path: string): Uint8Array => {
    const file = files[path];
    if (typeof file !== "string") throw new LoadlineError("file-unreadable", `${path}: permission denied`);
    const bytes = encoded.get(path) ?? new TextEncoder().encode(file);
    encoded.set(path, bytes);
    return bytes;
  };
  const children = new Map<string, Map<string, FolderEntry>>([["/root", new Map()]]);
  for (const [index, [path, file]] of Object.entries(files).entries()) {
    const parts = path.split("/");
    for (let depth = 2; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      const name = parts[depth] ?? "";
      const isFile = depth === parts.length - 1;
      const kind = !isFile ? "folder" : typeof file === "object" && "kind" in file ? file.kind : "file";
      const bytes = kind === "file" && typeof file === "string" ? new TextEncoder().encode(file).length : 10;
      const entries = children.get(parent) ?? new Map<string, FolderEntry>();
      entries.set(name, { name, kind, bytes, modified: time + index * 1000 });
      children.set(parent, entries);
    }
  }
  return {
    readBytes,
    join: (folder, name) => `${folder}/${name}`,
    list: (folder) => {
      const entries = children.get(folder);
      return entries === undefined
        ? Promise.reject(new LoadlineError("not-found", `${folder}: no such file`))
        : Promise.resolve([...entries.values()]);
    },
    read: async (path, start, end) => {
      await Promise.resolve();
      const bytes = bytesOf(path).subarray(start, end);
      readBytes.set(path, (readBytes.get(path) ?? 0) + bytes.length);
      return bytes;
    },
  };
}

/** Returns a log of Claude Code with a number of messages. */
function makeLog(id: string, messages: number, words = "fix the parser"): string {
  return Array.from({ length: messages }, (_, index) =>
    JSON.stringify({
      parentUuid: index === 0 ? null : `${id}-${index - 1}`,
      type: index % 2 === 0 ? "user" : "assistant",
      sessionId: id,
      cwd: "/home/ann/shop",
      uuid: `${id}-${index}`,
      timestamp: new Date(time + index * 1000).toISOString(),
      message:
        index % 2 === 0
          ? { role: "user", content: words }
          : {
              id: `m${index}`,
              role: "assistant",
              content: [{ type: "text", text: words }],
              usage: { input_tokens: 100 + index, output_tokens: 1 },
            },
    }),
  ).join("\n");
}

describe("listSessions", () => {
  test("lists the sessions of several agents, newest first", async () => {
    const files = makeFiles({
      "/root/a/s1.jsonl": makeLog("s1", 4),
      "/root/b/chat.json": JSON.stringify({
        sessionId: "g1",
        projectHash: "x",
        messages: [{ id: "1", timestamp: "2026-02-01T00:00:00Z", type: "user", content: "which port?" }],
      }),
      "/root/plain.json": JSON.stringify([{ role: "user", content: "hi" }]),
      "/root/package.json": "{}",
      "/root/other.json": '{"a":1}',
    });
    const found = await listSessions("/root", files);
    expect(
      found.sessions.map(({ agent, title, messages, tokens, folder }) => [
        agent,
        title,
        messages,
        tokens,
        folder,
      ]),
    ).toEqual([
      ["gemini-cli", "which port?", 1, undefined, undefined],
      ["claude-code", "fix the parser", 4, 104, "/home/ann/shop"],
      [undefined, undefined, 1, undefined, undefined],
    ]);
    expect(found.unreadable).toEqual([]);
  });

  test("names empty, broken and closed files, and goes on", async () => {
    const files = makeFiles({
      "/root/good.jsonl": makeLog("s1", 2),
      "/root/empty.jsonl": "",
      "/root/broken.jsonl": "{oops",
      "/root/closed.jsonl": { fault: "EACCES" },
      "/root/titles.jsonl": `${JSON.stringify({ type: "summary", summary: "x", leafUuid: "y" })}\n`,
    });
    const found = await listSessions("/root", files);
    expect(found.sessions.map(({ id }) => id)).toEqual(["s1"]);
    expect(Object.fromEntries(found.unreadable.map(({ path, reason }) => [path, reason]))).toEqual({
      "/root/empty.jsonl": "is empty",
      "/root/broken.jsonl": expect.stringContaining("line 1") as string,
      "/root/closed.jsonl": expect.stringContaining("permission denied") as string,
      "/root/titles.jsonl": expect.stringContaining("without messages") as string,
    });
  });

  test("follows no link, and ends below ten levels", async () => {
    const deep = `/root/${Array.from({ length: 40 }, () => "d").join("/")}/s.jsonl`;
    const files = makeFiles({
      "/root/loop": { kind: "link" },
      "/root/secret.jsonl": { kind: "link" },
      "/root/pipe.jsonl": { kind: "other" },
      [deep]: makeLog("deep", 2),
    });
    const found = await listSessions("/root", files);
    expect(found.sessions).toEqual([]);
    expect(found.candidates).toBe(0);
    expect(found.notes).toEqual(["not followed: 2 links", "not read: 1 folder deeper than 10 levels"]);
    expect(files.readBytes.size).toBe(0);
  });

  test("reads a large file at its ends only, and estimates its messages", async () => {
    const log = makeLog("big", 4000, "words ".repeat(200));
    const files = makeFiles({ "/root/big.jsonl": log });
    const [entry] = (await listSessions("/root", files)).sessions;
    expect(entry).toMatchObject({ isEstimate: true, id: "big", tokens: 4100, time: time + 3_999_000 });
    expect(Math.abs((entry?.messages ?? 0) - 4000)).toBeLessThan(80);
    expect(files.readBytes.get("/root/big.jsonl")).toBeLessThan(300_000);
    const [opened] = await openSession("/root", "/root/big.jsonl", files);
    expect(opened?.messages).toHaveLength(4000);
  });

  test("reads on where the first line of a large file is long", async () => {
    const picture = makeLog("pic", 2, "x".repeat(1_000_000));
    const [entry] = (await listSessions("/root", makeFiles({ "/root/pic.jsonl": `${picture}\n` }))).sessions;
    expect(entry?.id).toBe("pic");
  });

  test("reads as many files as the list holds, of ten thousand", async () => {
    const log = makeLog("s", 2);
    const files = makeFiles(
      Object.fromEntries(
        Array.from({ length: 10_000 }, (_, index) => [`/root/p${index % 50}/s${index}.jsonl`, log]),
      ),
    );
    const found = await listSessions("/root", files, { limit: 20 });
    expect(found.sessions).toHaveLength(20);
    expect(found).toMatchObject({ candidates: 10_000, unread: 9_980 });
    expect(files.readBytes.size).toBe(20);
    // The newest by the time of their files.
    expect(files.readBytes.has("/root/p49/s9999.jsonl")).toBe(true);
  });

  test("puts the files of opencode's storage together", async () => {
    const files = makeFiles({
      "/root/storage/session/p1/ses_1.json": JSON.stringify({
        id: "ses_1",
        title: "Port",
        directory: "/home/ann/api",
        time: { updated: time + 9000 },
      }),
      "/root/storage/message/ses_1/msg_1.json": JSON.stringify({ id: "msg_1", role: "user" }),
      "/root/storage/message/ses_1/msg_2.json": JSON.stringify({
        id: "msg_2",
        role: "assistant",
        tokens: { input: 10, output: 5, cache: { read: 85, write: 0 } },
      }),
      "/root/storage/part/msg_1/prt_1.json": JSON.stringify({ type: "text", text: "Which port?" }),
      "/root/storage/part/msg_2/prt_1.json": JSON.stringify({ type: "text", text: "It is " }),
      "/root/storage/part/msg_2/prt_2.json": JSON.stringify({ type: "text", text: "8443" }),
      "/root/storage/part/msg_2/prt_3.json": '{"type":"te',
    });
    const { sessions } = await listSessions("/root", files);
    expect(sessions).toMatchObject([
      { agent: "opencode", title: "Port", messages: 2, tokens: 100, folder: "/home/ann/api" },
    ]);
    const [opened] = await openSession("/root", sessions[0]?.path ?? "", files);
    expect(opened?.messages.map((message) => message.parts.map((part) => part.text))).toEqual([
      ["Which port?"],
      ["It is ", "8443"],
    ]);
    expect(opened?.converted).toBe("opencode");
  });

  test("finds the project in the files next to a session", async () => {
    const messages = [{ role: "user", content: '<user_input mode="act">fix it</user_input>', ts: time }];
    const chat = { id: "1", timestamp: "2026-02-01T00:00:00Z", type: "user", content: [{ text: "look" }] };
    const files = makeFiles({
      "/root/sessions/1/1.messages.json": JSON.stringify({
        sessionId: "1",
        origin: { source: "cli" },
        messages,
      }),
      "/root/sessions/1/1.json": JSON.stringify({ session_id: "1", workspace_root: "/home/ann/shop" }),
      "/root/tmp/w1/.project_root": "/home/ann/api\n",
      "/root/tmp/w1/chats/session-1.json": JSON.stringify({
        sessionId: "g",
        projectHash: "x",
        messages: [chat],
      }),
      "/root/tmp/w2/chats/session-2.json": JSON.stringify({
        sessionId: "h",
        projectHash: "x",
        messages: [chat],
      }),
    });
    const { sessions } = await listSessions("/root", files);
    expect(sessions.map(({ id, folder, title }) => [id, folder, title])).toEqual([
      ["h", undefined, "look"],
      ["g", "/home/ann/api", "look"],
      ["1", "/home/ann/shop", "fix it"],
    ]);
  });

  test("names Roo Code and the project of its task", async () => {
    const details =
      "<environment_details>\n# Current Workspace Directory (/home/ann/shop) Files\na.ts\n</environment_details>";
    const content = [
      { type: "text", text: "<task>\nfix\n</task>" },
      { type: "text", text: details },
    ];
    const folder = "/root/rooveterinaryinc.roo-cline/tasks/7";
    const files = makeFiles({
      [`${folder}/api_conversation_history.json`]: JSON.stringify([{ role: "user", content, ts: time }]),
    });
    const { sessions } = await listSessions("/root", files);
    expect(sessions).toMatchObject([{ agent: "roo", folder: "/home/ann/shop", title: "fix", path: folder }]);
  });

  test("takes usage from what Cline shows, by the time of each call", async () => {
    const showCall = (ts: number, tokensIn: number): object => ({
      ts,
      type: "say",
      say: "api_req_started",
      text: JSON.stringify({ tokensIn, tokensOut: 5, cacheReads: 100, cacheWrites: 10 }),
    });
    const answer = (ts: number): object => ({
      role: "assistant",
      content: [{ type: "text", text: "ok" }],
      ts,
    });
    const files = makeFiles({
      "/root/tasks/1/api_conversation_history.json": JSON.stringify([
        { role: "user", content: "<task>\nfix\n</task>", ts: time },
        answer(time + 20),
        { role: "user", content: "go on", ts: time + 30 },
        answer(time + 50),
      ]),
      "/root/tasks/1/ui_messages.json": JSON.stringify([
        showCall(time + 5, 1),
        showCall(time + 10, 2),
        showCall(time + 40, 3),
        { ts: 1, type: "ask" },
      ]),
    });
    const { sessions } = await listSessions("/root", files);
    expect(sessions).toMatchObject([{ path: "/root/tasks/1", title: "fix", messages: 4, tokens: 118 }]);
    const [opened] = await openSession("/root", "/root/tasks/1", files);
    expect(opened?.messages.map((message) => message.usage?.inputTokens)).toEqual([
      undefined,
      112,
      undefined,
      113,
    ]);
  });

  test("refuses a folder that does not exist, and a session that it does not hold", async () => {
    const files = makeFiles({ "/root/s.jsonl": makeLog("s", 2) });
    await expect(listSessions("/nowhere", files)).rejects.toMatchObject({ code: "not-found" });
    await expect(openSession("/root", "/etc/passwd", files)).rejects.toMatchObject({ code: "not-found" });
  });
});
