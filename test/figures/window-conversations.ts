import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readConversation } from "../../src/window/index.ts";
import type { Conversation } from "../../src/window/index.ts";
import { readConversations } from "../../src/window/conversation/read/read-conversation.ts";
import type { Figures } from "./figures.ts";
import { findShared } from "../shared-folder.ts";
import { inRepository } from "./figures.ts";

/** A conversation under its file's name. */
export interface NamedConversation {
  readonly name: string;
  readonly conversation: Conversation;
}

/** Reads the demo's conversation. */
export function demoConversation(): NamedConversation {
  const path = inRepository("examples/conversations/coding-agent.jsonl");
  return { name: "coding-agent", conversation: readConversation(readFileSync(path)) };
}

/** Reads the conversations of `shared/cases/window`; records the error code of those that cannot be read. */
export function caseConversations(figures: Figures, area: string): readonly NamedConversation[] {
  const folder = findShared("cases/window");
  if (folder === undefined) {
    figures.add(`${area}/cases`, "skipped: no shared/cases/window");
    return [];
  }
  const read: NamedConversation[] = [];
  for (const name of readdirSync(folder).sort())
    figures.tryTo(`${area}/cases/${name}`, () => {
      const found = readConversations(readFileSync(join(folder, name)));
      for (const [index, conversation] of found.entries())
        read.push({ name: `cases/${name}/${index}`, conversation });
    });
  return read;
}

/** Reads agent runs of `shared/data`: SWE-agent's, mini-SWE-agent's and the first of tau-bench; undefined if they are absent. */
export function agentRuns(): Readonly<Record<string, readonly NamedConversation[]>> | undefined {
  const data = findShared("data");
  if (data === undefined) return undefined;
  const ofFolder = (folder: string, ending: string): readonly NamedConversation[] =>
    readdirSync(join(data, folder))
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => ({ name, conversation: readConversation(readFileSync(join(data, folder, name))) }));
  const airline = readConversations(readFileSync(join(data, "tau-bench-airline.json")));
  return {
    "swe-agent": ofFolder("swe-agent", ".traj"),
    "mini-swe-agent": ofFolder("mini-swe-agent", ".traj.json"),
    "tau-bench": airline
      .slice(0, 60)
      .map((conversation, index) => ({ name: String(index).padStart(3, "0"), conversation })),
  };
}
