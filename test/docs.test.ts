import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
// Inside the repository, so that imports of packages resolve; removed afterwards.
const folder = mkdtempSync(join(root, "node_modules", ".docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Returns the blocks marked `ts` in a page, each with the line it starts at. */
function blocksOf(page: string): readonly { readonly line: number; readonly code: string }[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length,
    code: match[1] ?? "",
  }));
}

/** Answers like OpenAI's chat completions endpoint, so that an example can call a model; any other request fails. */
async function answerChat(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  expect(url).toBe("https://api.openai.com/v1/chat/completions");
  const { messages } = JSON.parse(String(init?.body)) as { readonly messages: readonly unknown[] };
  expect(messages.length).toBeGreaterThan(0);
  return Response.json({ choices: [{ index: 0, message: { role: "assistant", content: "443" } }] });
}

const blocks = pages.flatMap((page) => blocksOf(page).map((block) => ({ page, ...block })));

describe("code in the documents", () => {
  test("is present in more than one place", () => expect(blocks.length).toBeGreaterThan(1));

  test.each(blocks)("$page:$line runs", async ({ page, line, code }) => {
    const source = code
      .replaceAll('"loadline/window"', JSON.stringify(pathToFileURL(join(root, "src/window/index.ts")).href))
      .replaceAll('"loadline/model"', JSON.stringify(pathToFileURL(join(root, "src/model/index.ts")).href))
      .replaceAll('"loadline/lab"', JSON.stringify(pathToFileURL(join(root, "src/lab/index.ts")).href))
      .replaceAll('"loadline"', JSON.stringify(pathToFileURL(join(root, "src/index.ts")).href));
    const file = join(folder, `${page.replace(/\W/g, "-")}-${line}.ts`);
    writeFileSync(file, source);
    const before = process.cwd();
    // An assertion in a document has to hold; in a program it would only be printed.
    const { assert } = console;
    console.assert = (holds?: boolean) => expect(holds).toBe(true);
    vi.stubGlobal("fetch", answerChat);
    process.chdir(folder);
    try {
      await import(/* @vite-ignore */ pathToFileURL(file).href);
    } finally {
      process.chdir(before);
      console.assert = assert;
      vi.unstubAllGlobals();
    }
  });

  test("has links between the pages that lead to files", () => {
    for (const page of pages) {
      const text = readFileSync(join(root, page), "utf8");
      for (const match of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        const target = new URL(match[1] ?? "", pathToFileURL(join(root, page)));
        expect({ page, target: match[1], exists: existsSync(target) }).toEqual({
          page,
          target: match[1],
          exists: true,
        });
      }
    }
  });
});
