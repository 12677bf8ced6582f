import { defineCommand } from "../command/define-command.ts";
import type { ArgumentTable, ArgumentValues } from "../command/define-command.ts";
import { counterForModel, inspectConversation, priceConversation } from "../../window/index.ts";
import { readWhole } from "../read-numbers.ts";
import { baseName, readConversationFile } from "../read-options.ts";
import { readModelPrices } from "../read-prices.ts";
import { sessionArguments } from "../sessions/session-arguments.ts";
import { findTarget, readNamedSession } from "../sessions/choose-session.ts";
import type { ChosenConversation } from "../sessions/choose-session.ts";
import { findAgent, listPlace } from "../sessions/find-sessions.ts";
import { describeInspection } from "../../report/text/describe-inspection.ts";
import { describeSessions, sessionsJson } from "../../report/text/describe-sessions.ts";
import type { Command } from "../command/define-command.ts";
import type { Terminal } from "../terminal.ts";
import { fitLines } from "../../report/text/format-table.ts";
import { showOnOneLine } from "../../report/text/visible-text.ts";
import { jsonText } from "../command/json-text.ts";
import { countingModel, jsonFlag } from "../command/shared-arguments.ts";

const inspectArguments = {
  ...sessionArguments,
  model: countingModel,
  prices: {
    type: "string",
    description:
      "a JSON file with the model's prices: usd with input, output, cacheRead, cacheWrite per million tokens (default: the published ones)",
    valueHint: "FILE.json",
  },
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
      conversation: await readConversationFile(path, args, terminal),
      name: baseName(path),
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

/** Returns what JSON states about an agent's session, or about the form that a file was converted from. */
function sessionFacts({ conversation }: ChosenConversation): Readonly<Record<string, unknown>> {
  const { session, converted } = conversation;
  if (session === undefined) return converted === undefined ? {} : { converted };
  return { session: { ...session, converted: converted ?? null } };
}

/** Describes an agent's session: where it is from, what it was converted from, and what was left out. */
function describeSession({ conversation }: ChosenConversation, terminal: Terminal): readonly string[] {
  const { session, converted, format } = conversation;
  if (session === undefined) return converted === undefined ? [] : ["", `converted from: ${converted}`];
  const compactions = session.compactions.map((index) => `#${index}`).join(", ");
  const lines = [
    `session of ${session.agent}${session.folder === undefined ? "" : ` in ${showOnOneLine(session.folder)}`}${converted === undefined ? "" : `, converted to ${format}`}`,
    ...(compactions === "" ? [] : [`compacted before ${compactions}`]),
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
      const model = args.model ?? conversation.model;
      const facts = await readModelPrices(args.prices, model);
      const counter = await counterForModel(model);
      const found = inspectConversation(conversation, counter, largest);
      const cost = priceConversation(found.ledger, facts);
      if (args.json === true)
        terminal.out(jsonText({ ...found, cost: cost ?? null, ...sessionFacts(chosen) }));
      else {
        const text = describeInspection(found, { name, cost }, terminal);
        terminal.out([text, ...describeSession(chosen, terminal)].join("\n"));
      }
    },
  });
}
