/**
 * Records `examples/conversations/coding-agent.jsonl`: a coding agent's session on this repository. The agent's steps are
 * scripted in `record/session.ts`; its tool results are what the commands really print, run in a copy of the repository.
 * Run `npm run record:demo` after a commit: it uses the committed files.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RecordedAgent, tools } from "./record/agent.ts";
import { recordSession } from "./record/session.ts";
import { openWorkspace } from "./record/workspace.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const workspace = openWorkspace(root);
try {
  const agent = new RecordedAgent(workspace);
  recordSession(agent);
  const request = { model: "gpt-5", tools, messages: [] };
  const lines = [request, ...agent.messages].map((line) => JSON.stringify(line));
  writeFileSync(new URL("./conversations/coding-agent.jsonl", import.meta.url), `${lines.join("\n")}\n`);
  process.stdout.write(`recorded ${agent.messages.length} messages, ${lines.join("\n").length} characters\n`);
} finally {
  workspace.remove();
}
