import { join } from "node:path";
import { lstat } from "node:fs/promises";
import { LoadlineError } from "../../shared/errors.ts";
import { describeValue } from "../../shared/options.ts";
import type { Conversation } from "../../window/index.ts";
import { baseName, chooseConversation, readConversationFile } from "../read-options.ts";
import { readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { findAgent, findAgentFolders, findFolder, listPlace, openListed } from "./find-sessions.ts";
import type { ListedSession, Place } from "./find-sessions.ts";
import type { SessionValues } from "./session-arguments.ts";

/** Sessions that a name is searched in first; the rest only if none of them has it. */
const searchedSessions = 200;

/** A conversation that a command line names, and how a title names it. */
export interface ChosenConversation {
  readonly conversation: Conversation;
  readonly name: string;
}

/** What a command line names: one session of a place, or the place itself. */
interface Target {
  /** Which conversation of the session's file: a sub-agent's has a number of its own. */
  readonly conversation: string | undefined;
  readonly place: Place | undefined;
  readonly selector: string | undefined;
}

/** Refuses a format for sessions: their files state it. Errors: `invalid-option`. */
function refuseFormat({ format }: SessionValues): void {
  if (format === undefined) return;
  throw new LoadlineError(
    "invalid-option",
    "--format is only read with a file: sessions state their format",
    {
      details: { option: "--format" },
    },
  );
}

/** Returns the place that the arguments name, and which session of it. Errors: `invalid-option`, `not-found`. */
export async function findTarget(args: SessionValues): Promise<Target> {
  const { conversation } = args;
  const agent = findAgent(args);
  if (agent !== undefined) {
    refuseFormat(args);
    if (args.file !== undefined && args.session !== undefined)
      throw new LoadlineError("invalid-option", "--session and FILE both name a session: give one", {
        details: { option: "--session" },
      });
    return { place: await findAgentFolders(agent), selector: args.session ?? args.file, conversation };
  }
  if (args.file === undefined)
    throw new LoadlineError(
      "invalid-option",
      "FILE is missing: name a file or folder, or an agent such as --claude-code",
      {
        details: { option: "FILE" },
      },
    );
  const place = args.file === "-" ? undefined : await findFolder(args.file);
  if (place !== undefined) refuseFormat(args);
  if (place === undefined && args.session !== undefined)
    throw new LoadlineError(
      "invalid-option",
      "--session requires a folder or an agent such as --claude-code",
      {
        details: { option: "--session" },
      },
    );
  return { place, selector: args.session, conversation };
}

/** Returns the only session of a folder that is a session itself: a task of Cline or Roo Code. */
async function findOnly(place: Place): Promise<ListedSession | undefined> {
  const [folder = ""] = place.folders;
  const facts = await lstat(join(folder, "api_conversation_history.json")).catch(() => undefined);
  return facts?.isFile() === true ? (await listPlace(place, 1)).sessions[0] : undefined;
}

function matches(session: ListedSession, name: string): boolean {
  const word = name.toLowerCase();
  const texts = [session.id, session.title, baseName(session.path)];
  return texts.some((text) => text?.toLowerCase().includes(word) === true);
}

async function findByName(place: Place, name: string): Promise<ListedSession> {
  for (const limit of [searchedSessions, Infinity]) {
    const { sessions, unread } = await listPlace(place, limit);
    const exact = sessions.find((session) => session.id === name);
    const [first, ...others] =
      exact === undefined ? sessions.filter((session) => matches(session, name)) : [exact];
    if (first !== undefined && others.length === 0) return first;
    if (first !== undefined) {
      throw new LoadlineError(
        "invalid-option",
        `--session: ${describeValue(name)} names ${others.length + 1} sessions; give more of it, or a number of the list`,
        { details: { option: "--session" } },
      );
    }
    if (unread === 0) break;
  }
  throw new LoadlineError(
    "not-found",
    `--session: no session ${describeValue(name)} in ${place.folders.join(", ")}`,
    {
      details: { option: "--session" },
    },
  );
}

async function findByNumber(place: Place, number: number): Promise<ListedSession> {
  const { sessions } = await listPlace(place, number);
  const found = sessions[number - 1];
  if (found !== undefined) return found;
  throw new LoadlineError(
    "not-found",
    `--session: got ${number}, allowed: 1 to ${sessions.length}, the sessions in ${place.folders.join(", ")}`,
    { details: { option: "--session", sessions: sessions.length } },
  );
}

async function readListed(found: ListedSession, wanted: string | undefined): Promise<ChosenConversation> {
  const conversations = await openListed(found);
  const conversation =
    wanted === undefined
      ? conversations[0]
      : chooseConversation(conversations, readWhole("conversation", wanted, 1));
  if (conversation === undefined)
    throw new LoadlineError("unknown-format", `${found.path}: holds no conversation`);
  return { conversation, name: found.title ?? baseName(found.path) };
}

/** Reads the session of a place that is named; undefined if none is named. */
export async function readNamedSession({
  place,
  selector,
  conversation,
}: Target): Promise<ChosenConversation | undefined> {
  if (place === undefined) return undefined;
  if (selector === undefined) {
    const only = await findOnly(place);
    return only === undefined ? undefined : await readListed(only, conversation);
  }
  const number = /^[1-9]\d{0,5}$/u.test(selector) ? Number(selector) : undefined;
  const found = number === undefined ? await findByName(place, selector) : await findByNumber(place, number);
  return await readListed(found, conversation);
}

/** Reads the conversation that a command line names: a file, or one session of a folder or an agent. */
export async function readChosenConversation(
  args: SessionValues,
  terminal: Terminal,
): Promise<ChosenConversation> {
  const target = await findTarget(args);
  if (target.place === undefined) {
    const path = args.file ?? "-";
    return {
      conversation: await readConversationFile(path, args, terminal),
      name: baseName(path),
    };
  }
  const chosen = await readNamedSession(target);
  if (chosen !== undefined) return chosen;
  throw new LoadlineError(
    "invalid-option",
    `${target.place.title}: which session? Give --session N; loadline inspect lists them`,
    { details: { option: "--session" } },
  );
}
