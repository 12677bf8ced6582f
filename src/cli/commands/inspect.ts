import { defineCommand } from "../command/define-command.ts";
import type { ArgumentTable, ArgumentValues } from "../command/define-command.ts";
import { counterForModel, inspectConversation } from "../../window/index.ts";
import type { Inspection, RepeatedResult } from "../../window/index.ts";
import { readWhole } from "../read-numbers.ts";
import { baseName, readConversationFile } from "../read-options.ts";
import { sessionArguments } from "../sessions/session-arguments.ts";
import { findTarget, readNamedSession } from "../sessions/choose-session.ts";
import type { ChosenConversation } from "../sessions/choose-session.ts";
import { findAgent, listPlace } from "../sessions/find-sessions.ts";
import { describeSessions, sessionsJson } from "../../report/text/describe-sessions.ts";
import type { Command } from "../command/define-command.ts";
import type { Terminal } from "../terminal.ts";
import {
  drawBar,
  fitLines,
  formatPercent,
  formatTable,
  formatInteger,
} from "../../report/text/format-table.ts";
import { showOnOneLine } from "../../report/text/visible-text.ts";
import { jsonText } from "../command/json-text.ts";
import { countingModel, jsonFlag } from "../command/shared-arguments.ts";

const inspectArguments = {
  ...sessionArguments,
  model: countingModel,
  largest: {
    type: "string",
    default: "10",
    description: "how many of the largest items to list",
    valueHint: "N",
  },
  show: {
    type: "string",
    default: "20",
    description: "how many sessions of a folder to list, newest first",
    valueHint: "N",
    group: "Sessions of coding agents",
  },
  json: jsonFlag,
} as const satisfies ArgumentTable;

/** Reads the conversation to inspect, or lists the sessions of a folder if none of them is named. */
async function readOrList(
  args: ArgumentValues<typeof inspectArguments>,
  terminal: Terminal,
): Promise<ChosenConversation | undefined> {
  const show = readWhole("show", args.show, 1);
  const target = await findTarget(args);
  const { place } = target;
  if (place === undefined) {
    const path = args.file ?? "-";
    return {
      conversation: await readConversationFile(path, args.format, terminal),
      name: baseName(path),
      sidechains: 0,
    };
  }
  const chosen = await readNamedSession(target);
  if (chosen !== undefined) return chosen;
  const shown = { ...(await listPlace(place, show)), title: place.title };
  const open =
    findAgent(args) === undefined ? "--session N" : "the same command with its number or a part of its title";
  terminal.out(args.json === true ? jsonText(sessionsJson(shown)) : describeSessions(shown, open, terminal));
  return undefined;
}

/** Returns what JSON states about an agent's session. */
function sessionFacts({ conversation, sidechains }: ChosenConversation): Readonly<Record<string, unknown>> {
  const { session, converted } = conversation;
  return session === undefined ? {} : { session: { ...session, sidechains, converted: converted ?? null } };
}

/** Describes an agent's session: where it is from, what it was converted from, and what was left out. */
function describeSession(
  { conversation, sidechains }: ChosenConversation,
  terminal: Terminal,
): readonly string[] {
  const { session, converted, format } = conversation;
  if (session === undefined) return [];
  const compactions = session.compactions.map((index) => `#${index}`).join(", ");
  const lines = [
    `session of ${session.agent}${session.folder === undefined ? "" : ` in ${showOnOneLine(session.folder)}`}${converted === undefined ? "" : `, converted to ${format}`}`,
    ...(compactions === "" ? [] : [`compacted before ${compactions}`]),
    ...(sidechains === 0 ? [] : [`${sidechains} conversations of sub-agents in the same file`]),
    ...session.notes.map((note) => `note: ${note}`),
  ];
  return ["", fitLines(lines.join("\n"), terminal)];
}

/** `loadline inspect FILE`: what fills a conversation. */
export function inspectCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Show what fills a conversation, by kind, with its largest items and repetitions",
    examples: [
      "inspect conversation.jsonl",
      "inspect run.traj --largest 20 --json",
      "inspect - < request.json",
      "inspect --claude-code",
      "inspect --claude-code 1",
    ],
    args: inspectArguments,
    run: async (args) => {
      const largest = readWhole("largest", args.largest, 0);
      const chosen = await readOrList(args, terminal);
      if (chosen === undefined) return;
      const { conversation, name } = chosen;
      const counter = await counterForModel(args.model ?? conversation.model);
      const found = inspectConversation(conversation, counter, largest);
      if (args.json === true) terminal.out(jsonText({ ...found, ...sessionFacts(chosen) }));
      else terminal.out([describe(found, name, terminal), ...describeSession(chosen, terminal)].join("\n"));
    },
  });
}

function describe(found: Inspection, name: string, terminal: Terminal): string {
  const { ledger } = found;
  const counted = found.exact ? found.counter : `${found.counter}, an estimate`;
  const lines = [
    `${showOnOneLine(name)}: ${formatInteger(found.messages)} messages, ${formatInteger(found.calls)} calls, ${formatInteger(ledger.total)} tokens (${found.format}, counted by ${counted})`,
    "",
    formatTable(
      ["kind", "tokens", "share", "items", ""],
      ledger.kinds.map((row) => [
        row.kind,
        formatInteger(row.size),
        formatPercent(row.size, ledger.total),
        formatInteger(row.items),
        drawBar(row.size / ledger.total),
      ]),
      [0, 4],
      terminal,
    ),
    "",
    formatTable(
      ["largest items", "kind", "tokens", "begins"],
      found.largest.map((item) => [
        `${item.handle}${item.toolName === undefined ? "" : ` ${item.toolName}`}`,
        item.kind,
        formatInteger(item.tokens),
        item.beginning,
      ]),
      [0, 1, 3],
      terminal,
    ),
    "",
    describeRepeats("exact duplicates", found.duplicates),
    describeRepeats(
      "superseded results (the same tool was called again with the same arguments)",
      found.superseded,
    ),
  ];
  return fitLines(lines.join("\n"), terminal);
}

function describeRepeats(what: string, results: readonly RepeatedResult[]): string {
  if (results.length === 0) return `${what}: none`;
  const freed = results.reduce((sum, result) => sum + result.freedTokens, 0);
  const shown = results.slice(0, 8).map((result) => result.handle);
  return `${what}: ${results.length}, ${formatInteger(freed)} tokens could be freed (${shown.join(", ")}${results.length > shown.length ? ", …" : ""})`;
}
