import { spawn, spawnSync } from "node:child_process";
import type { StdioOptions } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDigits } from "../lab/data/idx.fixture.ts";
import { runWords } from "./terminal.fixture.ts";

const script = "/usr/bin/script";
const command = fileURLToPath(new URL("main.ts", import.meta.url));

let digits = "";
let folder = "";
beforeAll(() => {
  digits = writeDigits(400, 100);
  folder = mkdtempSync(join(tmpdir(), "loadline-terminal-"));
});
afterAll(() => {
  for (const each of [digits, folder]) rmSync(each, { recursive: true, force: true });
});

interface Session {
  readonly code: number | null;
  readonly screen: string;
}

interface Typing {
  /** Typed once the screen matches `when`. */
  readonly keys: string;
  readonly when: RegExp;
  readonly columns?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs the command on a pseudo-terminal (util-linux's `script`), types, and returns the screen and the exit code. */
function onTerminal(words: readonly string[], typing: Typing): Promise<Session> {
  const line = [process.execPath, command, ...words].map((word) => `'${word}'`).join(" ");
  const size = `stty cols ${typing.columns ?? 100} rows 30; exec ${line}`;
  const { CI: _, NO_COLOR: __, ...environment } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(script, ["-qefc", size, "/dev/null"], {
      env: { ...environment, TERM: "xterm-256color", ...typing.variables },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let screen = "";
    let isTyped = false;
    child.stdout.on("data", (piece: Buffer) => {
      screen += piece.toString();
      if (isTyped || !typing.when.test(screen)) return;
      isTyped = true;
      child.stdin.write(typing.keys);
    });
    // A command that ended meanwhile reads no more keys.
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen }));
  });
}

/** Threads that wait for each other make little progress on a busy machine. */
const one = ["--threads", "1"];

const ctrlC = "\u0003";
const escape = "\u001b";

describe.skipIf(!existsSync(script))(`on a pseudo-terminal (needs ${script})`, () => {
  test("Ctrl-C saves the checkpoint, says how to continue, and exits 130", async () => {
    const checkpoint = join(folder, "run.safetensors");
    const words = [
      "train",
      "mnist",
      "--data",
      digits,
      ...one,
      "--epochs",
      "10000",
      "--checkpoint",
      checkpoint,
    ];
    const { code, screen } = await onTerminal(words, { keys: ctrlC, when: /training: epoch \d/ });
    expect(code).toBe(130);
    expect(screen).toContain(`the same command continues from ${checkpoint}`);
    expect(screen).toMatch(/[█░]{20} training: epoch/);
    expect(existsSync(checkpoint)).toBe(true);
  });

  test("Ctrl-C without --checkpoint names the option that would have kept the work", async () => {
    const words = ["train", "mnist", "--data", digits, ...one, "--epochs", "10000"];
    const { code, screen } = await onTerminal(words, { keys: ctrlC, when: /epoch +2\/10000 / });
    expect([code, screen.includes("--checkpoint FILE")]).toEqual([130, true]);
  });

  test("Escape stops nothing", async () => {
    const words = ["train", "mnist", "--data", digits, ...one, "--epochs", "4"];
    const { code, screen } = await onTerminal(words, { keys: escape, when: /epoch 1\/4 / });
    expect(code).toBe(0);
    // The terminal may echo the key after the last line.
    expect(screen).toMatch(/Loss: [\d.]+, Accuracy: [\d.]+/);
  });

  test("Ctrl-C in a sweep prints the rows that are finished", async () => {
    const words = [
      "sweep",
      "mnist",
      "--data",
      digits,
      ...one,
      "--depth",
      "0,1,6",
      "--batch",
      "8",
      "--epochs",
      "400",
    ];
    const { code, screen } = await onTerminal(words, { keys: ctrlC, when: /depth 1, batch 8/ });
    expect(code).toBe(130);
    expect(screen).toMatch(/stopped after [12] of 3 training runs/);
    expect(screen).toMatch(/\n\S*\s+0\s+8\s+adam/);
  });

  test("colours and the width of the terminal are used; NO_COLOR takes the colours away", async () => {
    const wide = await onTerminal(["devices", "h100"], { keys: "", when: /H100/ });
    expect(wide.screen).toContain("\u001b[1m--device");
    const plain = await onTerminal(["devices", "h100"], {
      keys: "",
      when: /H100/,
      variables: { NO_COLOR: "1" },
    });
    expect(plain.screen).not.toContain("\u001b[");
    const narrow = await onTerminal(["devices", "h100"], { keys: "", when: /H100/, columns: 60 });
    const longest = stripVTControlCharacters(narrow.screen)
      .split(/\r?\n/)
      .map((text) => text.length);
    expect(Math.max(...longest)).toBeLessThanOrEqual(60);
    expect(narrow.screen).toContain("79.2 GiB");
    const unknown = await onTerminal(["devices", "h100"], { keys: "", when: /H100/, columns: 0 });
    const eighty = await onTerminal(["devices", "h100"], { keys: "", when: /H100/, columns: 80 });
    expect(unknown.screen).toBe(eighty.screen);
  });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s without a terminal saves, and exits %i", async (signal, exitCode) => {
  const checkpoint = join(folder, `${signal}.safetensors`);
  const words = ["train", "mnist", "--data", digits, ...one, "--epochs", "10000", "--checkpoint", checkpoint];
  const child = spawn(process.execPath, [command, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  const code = await new Promise((resolve) => {
    child.stdout.on("data", (piece: Buffer) => {
      out += piece.toString();
      // A second signal would end the process at once.
      if (!child.killed && /epoch +2\/10000 /.test(out)) child.kill(signal);
    });
    child.on("close", resolve);
  });
  expect(code).toBe(exitCode);
  expect(out).toContain(`the same command continues from ${checkpoint}`);
  expect(existsSync(checkpoint)).toBe(true);
});

describe.skipIf(!existsSync("/dev/full"))("an output that cannot be written", () => {
  const run = (stdio: StdioOptions, ...words: readonly string[]): { code: number | null; error: string } => {
    const { status, stderr } = spawnSync(process.execPath, [command, ...words], { stdio, encoding: "utf8" });
    return { code: status, error: stderr ?? "" };
  };
  test("a full standard output is an error of its own, without a stack", () => {
    const full = openSync("/dev/full", "w");
    expect(run(["ignore", full, "pipe"], "devices")).toEqual({
      code: 9,
      error: expect.stringMatching(
        /^error \(file-unwritable\): standard output: cannot be written \(ENOSPC.*\)\n$/,
      ),
    });
    const { error } = run(["ignore", full, "pipe"], "devices", "--json");
    expect(JSON.parse(error)).toMatchObject({ schemaVersion: 1, error: { code: "file-unwritable" } });
    closeSync(full);
  });
  test("a full standard error leaves the exit code as it is", () => {
    const full = openSync("/dev/full", "w");
    expect(run(["ignore", "ignore", full], "inspect", "/nowhere.json").code).toBe(5);
    closeSync(full);
  });
  test("weights are not saved to a device, which is known before the first step", async () => {
    const { code, error } = await runWords("train", "mnist", "--data", digits, "--save", "/dev/full");
    expect([code, error]).toEqual([9, expect.stringMatching(/\/dev\/full: is not a regular file/)]);
  });
});

test.skipIf(process.platform === "win32").each(["text", "lm"])("train %s names standard input", (kind) => {
  const options = { input: "", encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(process.execPath, [command, "train", kind, "-"], options);
  expect([status, stderr]).toEqual([3, expect.stringMatching(/standard input: got (?:0|a text of 0) t/)]);
});
