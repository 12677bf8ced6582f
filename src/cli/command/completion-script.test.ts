import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runWords as run } from "../terminal.fixture.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-completion-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("%s knows every command and its options", async (shell) => {
    const { code, out } = await run("completion", shell);
    expect(code).toBe(0);
    for (const word of ["inspect", "mnist-generator", "gpu-layers", "checkpoint"])
      expect(out).toContain(word);
  });
  test.skipIf(!existsSync("/bin/bash"))(
    "bash completes commands, their second words and options",
    async () => {
      const script = join(folder, "completion.bash");
      writeFileSync(script, (await run("completion", "bash")).out);
      const complete = (words: string): string =>
        execFileSync("/bin/bash", [
          "-c",
          `source ${script}; COMP_WORDS=(loadline ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _loadline; echo "\${COMPREPLY[*]}"`,
        ])
          .toString()
          .trim();
      expect(complete("in")).toBe("inspect");
      expect(complete("train mnist-")).toBe("mnist-generator");
      expect(complete("train mnist --check")).toBe("--checkpoint");
      expect(complete("size --gpu-l")).toBe("--gpu-layers");
      expect(complete("help insp")).toBe("inspect");
    },
  );
  test.skipIf(!existsSync("/bin/bash"))("bash completes a file name with spaces as one word", async () => {
    const script = join(folder, "files.bash");
    writeFileSync(script, (await run("completion", "bash")).out);
    writeFileSync(join(folder, "my file.json"), "");
    const line = `source ${script}; COMP_WORDS=(loadline inspect my); COMP_CWORD=2; _loadline; printf '<%s>' "\${COMPREPLY[@]}"`;
    expect(execFileSync("/bin/bash", ["-c", line], { cwd: folder }).toString()).toBe("<my file.json>");
  });
  test.skipIf(!existsSync("/usr/bin/zsh"))("zsh accepts the script", async () => {
    const script = join(folder, "completion.zsh");
    writeFileSync(script, (await run("completion", "zsh")).out);
    execFileSync("/usr/bin/zsh", ["-n", script]);
  });
  test.skipIf(!existsSync("/usr/bin/fish"))(
    "fish completes commands, their second words and options",
    async () => {
      const script = join(folder, "completion.fish");
      writeFileSync(script, (await run("completion", "fish")).out);
      const complete = (line: string): readonly string[] =>
        execFileSync("/usr/bin/fish", ["-c", `source ${script}; complete -C 'loadline ${line}'`], {
          cwd: folder,
        })
          .toString()
          .trim()
          .split("\n")
          .map((each) => each.split("\t")[0] ?? "");
      expect(complete("in")).toEqual(["inspect"]);
      expect(complete("help insp")).toEqual(["inspect"]);
      expect(complete("train mnist-")).toEqual(["mnist-generator"]);
      expect(complete("train mnist --check")).toEqual(["--checkpoint"]);
      expect(complete("-")).toContain("--version");
    },
  );
});
