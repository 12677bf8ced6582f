/**
 * Records `examples/conversations/coding-agent.jsonl`: a coding agent's session on this repository. What the agent does is
 * written down in `record/session.ts`; what its tools give back is what the commands really print, run in a copy.
 * Run it with `npm run record:demo` after a commit: it works on the committed files.
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
