import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { terminalStyle } from "../report/text/text-style.ts";
import { largeConfig } from "./model/model.fixture.ts";
import { runCli } from "./run-cli.ts";
import { captureTerminal } from "./terminal.fixture.ts";

const hostile = "\u001b[31mred\u001b[2J\u009b1m\u202e\r\nerror: a line of its own";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-controls-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([[["size"]], [["size", "--explain"]], [["plan", "--memory", "24GiB"]]])(
  "a model's names do not style, clear or add lines in %j",
  async ([command = "", ...words]) => {
    const path = join(folder, "model.json");
    const config = { ...largeConfig, model_type: `llama${hostile}`, hidden_act: hostile };
    writeFileSync(path, JSON.stringify(config));
    const { terminal, out } = captureTerminal("", { hasColours: true, style: terminalStyle });
    expect(await runCli([command, path, ...words], terminal, "0.0.0")).toBe(0);
    expect(out()).not.toContain("\u001b[31m");
    const own = ["1", "2", "22", "32", "39"].map((code) => `\u001b[${code}m`);
    const bare = own.reduce((text, style) => text.replaceAll(style, ""), out());
    expect(bare).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(out()).not.toMatch(/^error:/mu);
  },
);
