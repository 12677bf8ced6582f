import { filesIn, placesIn } from "./agent.ts";
import type { RecordedAgent } from "./agent.ts";

/** Facts that the session finds and later refers to again. */
interface Notes {
  readonly longest: readonly string[];
  readonly codes: readonly string[];
}

function getToKnow(agent: RecordedAgent): readonly string[] {
  agent.ask(
    "I am new to this repository. Have a look around and tell me how it is built, which folders there are, and which files are the longest.",
  );
  agent.run("git log --oneline | head -40", "I start with the history and the package file.");
  agent.read("package.json");
  agent.read("README.md");
  const listed = agent.list("src", "Now all the source files with their lengths.");
  agent.read("docs/window.md");
  agent.read("docs/command.md");
  const longest = filesIn(listed)
    .filter(
      (file) =>
        !file.path.includes(".test.") && !file.path.includes(".contract.") && !file.path.includes("fixture"),
    )
    .slice(0, 9)
    .map((file) => file.path);
  for (const path of longest) agent.read(path, undefined, undefined, `${path} is one of the longest.`);
  agent.run("git ls-files | grep -c '\\.test\\.ts$'");
  agent.answer(
    `The longest source files are ${longest.join(", ")}. src/window is a pipe of folders (conversation, tokens, store, measures, assemble, thread); each stage is plain functions over readonly data and src/shared holds errors, options and the ledger.`,
  );
  return longest;
}

function huntErrors(agent: RecordedAgent): readonly string[] {
  agent.ask(
    "Which error codes are there, where is each one thrown, and is there one that nothing throws? Look at the places, not only at the list.",
  );
  const table = agent.read("src/shared/errors.ts", undefined, undefined, "The table of codes first.");
  const codes = [...table.matchAll(/"([a-z-]+)": \{ status/g)].map((match) => match[1] ?? "");
  const unused: string[] = [];
  for (const code of codes) {
    const found = agent.search(`"${code}"`, "src");
    const place = placesIn(found).find(
      ({ path }) => path !== "src/shared/errors.ts" && !path.includes(".test."),
    );
    if (place === undefined) unused.push(code);
    else
      agent.read(
        place.path,
        Math.max(1, place.line - 25),
        place.line + 15,
        `${code} stands in ${place.path} at line ${place.line}.`,
      );
  }
  agent.answer(
    `There are ${codes.length} codes besides internal: ${codes.join(", ")}. ${unused.length === 0 ? "Each is thrown somewhere." : `Nothing in src throws ${unused.join(", ")}.`}`,
  );
  return codes;
}

function reviewStore(agent: RecordedAgent): void {
  agent.ask(
    "Now review how the SQLite store keeps an acknowledged write safe. What happens on kill -9, on a full disk, and when another process holds the lock? Run its tests as well.",
  );
  const listed = agent.list("src/window/store");
  for (const { path } of filesIn(listed)
    .filter((file) => /sqlite\/[\w-]+\.ts$/.test(file.path) && !file.path.includes(".test."))
    .slice(0, 8))
    agent.read(path);
  agent.search("COMMIT|ROLLBACK|SAVEPOINT", "src/window/store");
  agent.run(
    "vitest run src/window/store --reporter=verbose 2>&1 | tail -60",
    "The tests of the store, really run.",
  );
  agent.search("full|locked|corrupt", "src/window/store/sqlite/errors.ts");
  agent.read("src/window/store/store.ts");
  for (const name of ["threads", "entries", "forks", "search", "life"])
    agent.read(`src/window/store/contract/${name}.contract.ts`);
  agent.run("ls test/durability && head -60 test/durability/main.ts");
  agent.answer(
    "A promise resolves only after COMMIT with synchronous=FULL; a fault of one write is rolled back to its savepoint and told to it alone; a full disk ends in store-full with nothing half-written; a held lock is asked for again every 1 to 3 ms until lockTimeoutMs, then store-locked.",
  );
}

function compareFormats(agent: RecordedAgent): void {
  agent.ask(
    "Compare how the formats are read: openai-chat, openai-responses, anthropic, ai-sdk and swe-agent. Where do they differ in tool calls and results?",
  );
  agent.list("src/window/conversation");
  for (const name of ["openai-chat", "openai-responses", "anthropic", "ai-sdk", "swe-agent"]) {
    agent.read(`src/window/conversation/formats/${name}.ts`);
    agent.search("tool-call|tool-result", `src/window/conversation/formats/${name}.ts`);
  }
  agent.read("src/window/conversation/message/message.ts");
  agent.read("src/window/conversation/edit/edit-message.ts");
  agent.run("vitest run src/window/conversation 2>&1 | tail -30");
  agent.answer(
    "openai-chat joins by tool_calls[].id and tool_call_id, openai-responses by call_id on items of their own, anthropic by tool_use.id inside blocks, ai-sdk by toolCallId with an output of its own shape (bodyForm text-output), swe-agent by place: an observation follows an action.",
  );
}

function changeAndVerify(agent: RecordedAgent, codes: readonly string[]): void {
  agent.ask(
    "The message of the budget-too-small error could name the budget in tokens. Find it, change the words, and verify with the tests. Then add a small test of your own for the units.",
  );
  const place = placesIn(agent.search('"budget-too-small"', "src/window/thread")).find(
    (found) => !found.path.includes(".test."),
  );
  const path = place?.path ?? "src/window/thread/window/plan-window.ts";
  agent.read(path, Math.max(1, (place?.line ?? 1) - 30), (place?.line ?? 1) + 20);
  agent.replace(
    path,
    "budgetTokens: got ${budgetTokens}, allowed",
    "budgetTokens: got ${budgetTokens} tokens, allowed",
    "A small change of words.",
  );
  agent.run("vitest run src/window/thread 2>&1 | tail -40");
  agent.read(
    path,
    Math.max(1, (place?.line ?? 1) - 30),
    (place?.line ?? 1) + 20,
    "Reading it again after the change.",
  );
  agent.run("git diff");
  agent.read("src/shared/options.ts");
  const test = [
    'import { expect, test } from "vitest";',
    'import { requireInteger } from "./options.ts";',
    "",
    'test("a budget with a fraction is refused", () => {',
    '  expect(() => requireInteger("budgetTokens", 1.5, 1)).toThrow("budgetTokens: got 1.5, allowed: a whole number from 2");',
    "});",
    "",
  ].join("\n");
  agent.write("src/shared/budget.test.ts", test);
  agent.run(
    "vitest run src/shared 2>&1 | tail -40",
    "It should fail first: I wrote the wrong lower bound on purpose.",
  );
  agent.replace("src/shared/budget.test.ts", "a whole number from 2", "a whole number from 1");
  agent.run("vitest run src/shared 2>&1 | tail -40");
  agent.run("git status --short && git diff --stat");
  agent.run("tsc -p tsconfig.json 2>&1 | head -20");
  agent.answer(
    `${path} says "tokens" now, src/shared/budget.test.ts passes, and the types hold. The other codes (${codes.slice(0, 4).join(", ")}) are as they were.`,
  );
}

function comeBack(agent: RecordedAgent, notes: Notes): void {
  const [first = "", second = ""] = notes.longest;
  agent.ask(
    `At the beginning you named the longest files. Look at ${first} and ${second} again and tell me which functions are longest, and whether the measures could be told apart better.`,
  );
  agent.read(first, undefined, undefined, "Back to the two longest files.");
  agent.read(second);
  agent.search("^(export )?(async )?function", first);
  agent.search("^(export )?(async )?function", second);
  agent.list("src/window/measures");
  for (const name of ["plan-deep", "evict", "stub", "lossless", "facts"])
    agent.read(`src/window/measures/${name}.ts`);
  agent.read("docs/window.md", undefined, undefined, "What the page says of the measures.");
  agent.run("git log --oneline | head -40");
  agent.run("vitest run src/window/measures 2>&1 | tail -30");
  agent.answer(
    `In ${first} and ${second} no function is over 60 lines. The measures are told apart by file: lossless.ts, clear-results.ts, evict.ts; plan-deep.ts puts them in order.`,
  );
}

function wrapUp(agent: RecordedAgent, notes: Notes): void {
  agent.ask(
    "Last: run the linter and all tests of src/shared and src/window/thread once more, show me the whole diff, and sum up what you learned, with the places.",
  );
  agent.run("oxlint --deny-warnings src 2>&1 | tail -5");
  agent.run("vitest run src/shared src/window/thread 2>&1 | tail -40");
  agent.run("git diff");
  agent.read("src/shared/budget.test.ts");
  agent.read("src/shared/errors.ts", undefined, undefined, "The table of codes once more, for the summary.");
  for (const path of notes.longest.slice(2, 4)) agent.read(path, 1, 80);
  agent.search(`"${notes.codes[2] ?? "invalid-message"}"`, "src");
  agent.answer(
    `Changed: the words of one error and one new test, src/shared/budget.test.ts. Learned: ${notes.codes.length} codes in src/shared/errors.ts; the longest files are ${notes.longest.slice(0, 3).join(", ")}; acknowledged writes survive kill -9; formats differ in how results find their calls.`,
  );
}

/** Records the entire session, about 90 calls. */
export function recordSession(agent: RecordedAgent): void {
  const longest = getToKnow(agent);
  const codes = huntErrors(agent);
  reviewStore(agent);
  compareFormats(agent);
  changeAndVerify(agent, codes);
  comeBack(agent, { longest, codes });
  wrapUp(agent, { longest, codes });
}
