import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runCli } from "../run-cli.ts";
import { captureTerminal, runWords as run } from "../terminal.fixture.ts";
import { agentPlaces } from "./agent-folders.ts";
import type { Machine } from "./agent-folders.ts";

let home = "";
const claude = (...names: readonly string[]): string => join(home, ".claude", "projects", ...names);
const data = (...names: readonly string[]): string => join(home, "data", "opencode", ...names);

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Returns a log of Claude Code in which two requests are answered. */
function makeLog(id: string, request: string, day: number): string {
  const at = (second: number): string => new Date(Date.UTC(2026, 0, day, 3, 4, second)).toISOString();
  const line = (index: number, message: object): string =>
    JSON.stringify({
      parentUuid: index === 0 ? null : `${id}-${index - 1}`,
      isSidechain: false,
      type: index % 2 === 0 ? "user" : "assistant",
      cwd: "/home/ann/shop",
      sessionId: id,
      uuid: `${id}-${index}`,
      timestamp: at(index),
      message,
    });
  const usage = { input_tokens: 10, cache_read_input_tokens: 45_000, output_tokens: 20 };
  const answer = (words: string): object => ({
    id: words,
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [{ type: "text", text: words }],
    usage,
  });
  return [
    line(0, { role: "user", content: request }),
    line(1, answer("first")),
    line(2, { role: "user", content: "and the port is 8443" }),
    line(3, answer("second")),
  ].join("\n");
}

function makeDatabase(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE session (id TEXT, parent_id TEXT, title TEXT, directory TEXT, revert TEXT, time_created INTEGER, time_updated INTEGER);
    CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT);
    CREATE TABLE part (id TEXT, message_id TEXT, session_id TEXT, data TEXT);
    INSERT INTO session VALUES ('ses_db', NULL, 'In a database', '/home/ann/api', NULL, 1767323045000, 1767323099000),
      ('ses_child', 'ses_db', 'A child', '/home/ann/api', NULL, 1767323045000, 1767323099999);
    INSERT INTO message VALUES ('msg_1', 'ses_db', 1, '{"role":"user"}'),
      ('msg_2', 'ses_db', 2, '{"role":"assistant","tokens":{"input":10,"output":5,"cache":{"read":85,"write":0}}}');
    INSERT INTO part VALUES ('prt_1', 'msg_1', 'ses_db', '{"type":"text","text":"Which port?"}'),
      ('prt_2', 'msg_2', 'ses_db', '{"type":"text","text":"8443"}');
  `);
  database.close();
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "loadline-sessions-"));
  write(claude("-shop", "s1.jsonl"), makeLog("s1", "Fix the rounding of prices", 2));
  write(claude("-shop", "s2.jsonl"), `${makeLog("s2", "Add a test", 3)}\n{"type":"us`);
  write(claude("-shop", "s3.jsonl"), "");
  makeDatabase(data("opencode.db"));
  write(
    join(home, "codex", "sessions", "2026", "rollout-1.jsonl.zst"),
    zstdCompressSync(
      `${JSON.stringify({ timestamp: "2026-01-02T03:04:05Z", type: "session_meta", payload: { id: "th1" } })}\n${JSON.stringify({ timestamp: "2026-01-02T03:04:05Z", type: "response_item", payload: { type: "message", role: "user", content: [{ type: "input_text", text: "packed" }] } })}\n`,
    ),
  );
  vi.stubEnv("CLAUDE_CONFIG_DIR", join(home, ".claude"));
  vi.stubEnv("CODEX_HOME", join(home, "codex"));
  vi.stubEnv("XDG_DATA_HOME", join(home, "data"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

describe("loadline inspect lists sessions", () => {
  test("of an agent, newest first, in a table that fits 80 columns", async () => {
    const { terminal, out } = captureTerminal("", { columns: 80 });
    expect(await runCli(["inspect", "--claude-code"], terminal, "0.0.0")).toBe(0);
    const lines = out().split("\n");
    expect(lines[0]).toBe("Claude Code: 2 sessions");
    expect(lines[2]).toMatch(/^# +time +project +msgs +tokens +title$/);
    expect(lines[4]).toMatch(/^1 .* shop +4 +45k +Add a test$/);
    expect(lines[5]).toMatch(/^2 .* shop +4 +45k +Fix the rounding of prices$/);
    expect(out()).toContain("s3.jsonl: is empty");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("of a folder with several agents, also as JSON", async () => {
    const { code, out } = await run("inspect", home, "--json", "--show", "2");
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(found.sessions).toHaveLength(2);
    // The newest file but one is empty.
    expect(found.unread).toBe(1);
    const all = JSON.parse((await run("inspect", home, "--json")).out);
    expect(
      all.sessions.map(({ agent, id, messages, tokens }: Readonly<Record<string, unknown>>) => [
        agent,
        id,
        messages,
        tokens,
      ]),
    ).toEqual([
      ["claude-code", "s2", 4, 45_030],
      ["codex", "th1", 1, null],
      ["claude-code", "s1", 4, 45_030],
    ]);
    const { terminal, out: narrow } = captureTerminal("", { columns: 80 });
    await runCli(["inspect", home], terminal, "0.0.0");
    expect(narrow()).toMatch(/codex +1 +- +packed/);
    for (const line of narrow().split("\n").slice(2, 8)) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("of opencode's database, without those of sub-agents", async () => {
    const { out } = await run("inspect", "--opencode", "--json");
    expect(JSON.parse(out).sessions).toMatchObject([
      { title: "In a database", messages: 2, tokens: 100, folder: "/home/ann/api" },
    ]);
  });
});

describe("a session is opened", () => {
  test("by its number, its id or a part of its title", async () => {
    for (const words of [
      ["--claude-code", "2"],
      ["--claude-code", "s1"],
      ["--claude-code", "--session", "ROUNDING"],
      [claude(), "--session", "2"],
    ]) {
      const { code, out } = await run("inspect", ...words, "--json");
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        messages: 4,
        format: "anthropic",
        session: { id: "s1", agent: "claude-code", notes: [], converted: null },
      });
    }
  });

  test("and inspect says what was left out, and what was converted", async () => {
    expect((await run("inspect", "--claude-code", "1")).out).toMatch(
      /session of claude-code in \/home\/ann\/shop\nnote: left out: line 5, the last one/,
    );
    expect((await run("inspect", "--opencode", "ses_db")).out).toContain(
      "session of opencode in /home/ann/api, converted to ai-sdk",
    );
    expect((await run("inspect", "--codex", "1")).out).toContain(": 1 message, ");
  });

  test("by replay and recall", async () => {
    const replayed = JSON.parse((await run("replay", "--claude-code", "2", "--budget", "10k", "--json")).out);
    expect(replayed).toMatchObject({ calls: 2, lostEntries: 0 });
    const recalled = JSON.parse(
      (await run("recall", "--claude-code", "s1", "--query", "which port?", "--json")).out,
    );
    expect(recalled.items[0].text).toContain("8443");
  });

  test.each([
    [["inspect"], 2, /FILE is missing: name a file or folder, or an agent such as --claude-code/],
    [["inspect", "--claude-code", "--codex"], 2, /--claude-code and --codex exclude each other/],
    [["inspect", "--claude-code", "9"], 5, /--session: got 9, allowed: 1 to 2/],
    [["inspect", "--claude-code", "no such title"], 5, /no session "no such title"/],
    [["inspect", "--claude-code", "s"], 2, /names 2 sessions; give more of it/],
    [["inspect", "--claude-code", "1", "--session", "2"], 2, /both name a session/],
    [["inspect", "--claude-code", "1", "--conversation", "2"], 5, /--conversation: got 2, allowed: 1 to 1/],
    [["inspect", "--claude-code", "--format", "ai-sdk"], 2, /--format is only read with a file/],
    [["inspect", "--gemini-cli"], 5, /no sessions of Gemini CLI on this machine .*Name the folder instead/],
    [["replay", "--claude-code", "--budget", "1k"], 2, /Claude Code: which session\? Give --session N/],
    [["inspect", "/nowhere-at-all"], 5, /nowhere-at-all: no such file/],
  ])("refuses %j", async (words, exitCode, message) => {
    vi.stubEnv("GEMINI_CLI_HOME", join(home, "none"));
    const { code, error } = await run(...words);
    expect(error).toMatch(message);
    expect(code).toBe(exitCode);
  });
});

describe("files that are hostile or closed", () => {
  test("nothing outside the folder is read through links", async () => {
    const folder = join(home, "links");
    const outside = join(home, "outside", "secret.jsonl");
    write(outside, makeLog("secret", "outside", 4));
    mkdirSync(folder);
    symlinkSync(outside, join(folder, "file.jsonl"));
    symlinkSync(dirname(outside), join(folder, "folder"));
    symlinkSync(folder, join(folder, "loop"));
    symlinkSync("/dev/zero", join(folder, "endless.jsonl"));
    write(join(folder, "own.jsonl"), makeLog("own", "inside", 4));
    const found = JSON.parse((await run("inspect", folder, "--json")).out);
    expect(found.sessions.map(({ id }: { readonly id: string }) => id)).toEqual(["own"]);
    expect(found.notes).toEqual(["not followed: 4 links"]);
    rmSync(folder, { recursive: true });
    rmSync(dirname(outside), { recursive: true });
  });

  test.skipIf(process.getuid?.() === 0)("a folder that may not be read is named", async () => {
    const folder = join(home, "closed");
    mkdirSync(join(folder, "inner"), { recursive: true });
    write(join(folder, "own.jsonl"), makeLog("own", "inside", 4));
    chmodSync(join(folder, "inner"), 0);
    const found = JSON.parse((await run("inspect", folder, "--json")).out);
    chmodSync(join(folder, "inner"), 0o700);
    expect(found.sessions).toHaveLength(1);
    expect(found.unreadable[0].path).toContain("inner");
  });

  test("a file that is not a database of opencode is named", async () => {
    const folder = join(home, "broken");
    write(join(folder, "opencode.db"), "this is not a database, but it is long enough to look like one");
    write(join(folder, "own.jsonl"), makeLog("own", "inside", 4));
    const found = JSON.parse((await run("inspect", folder, "--json")).out);
    expect(found.sessions).toHaveLength(1);
    expect(found.unreadable[0].reason).toContain("cannot be read as a database of opencode");
  });
});

describe("where agents keep sessions", () => {
  const folders = (option: string, machine: Partial<Machine>): readonly string[] =>
    agentPlaces
      .find((place) => place.option === option)
      ?.folders({ platform: "linux", home: "/home/ann", environment: {}, ...machine }) ?? [];
  const windows = {
    platform: "win32",
    home: "C:\\Users\\ann",
    environment: { APPDATA: "C:\\Users\\ann\\AppData\\Roaming" },
  } as const;

  test.each([
    ["claude-code", {}, "/home/ann/.claude/projects"],
    ["claude-code", { environment: { CLAUDE_CONFIG_DIR: "/x" } }, "/x/projects"],
    ["claude-code", windows, "C:\\Users\\ann\\.claude\\projects"],
    ["codex", { environment: { CODEX_HOME: "/y" } }, "/y/sessions"],
    ["opencode", { platform: "darwin", home: "/Users/ann" } as const, "/Users/ann/.local/share/opencode"],
    ["opencode", { environment: { XDG_DATA_HOME: "/z" } }, "/z/opencode"],
    [
      "cline",
      windows,
      "C:\\Users\\ann\\AppData\\Roaming\\Code\\User\\globalStorage\\saoudrizwan.claude-dev\\tasks",
    ],
    [
      "cline",
      { platform: "darwin", home: "/Users/ann" } as const,
      "/Users/ann/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/tasks",
    ],
    ["roo", {}, "/home/ann/.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/tasks"],
    ["gemini-cli", {}, "/home/ann/.gemini/tmp"],
    ["qwen-code", { environment: { QWEN_HOME: "/q" } }, "/q/projects"],
  ])("%s %j: %s", (option, machine, expected) => {
    expect(folders(option, machine)[0]).toBe(expected);
  });
});
