import type { SessionEntry, UnreadableFile } from "../../window/index.ts";
import { cutToWidth, fitLines, formatInteger, formatTable } from "./format-table.ts";
import type { TextLayout } from "./text-style.ts";
import { showOnOneLine } from "./visible-text.ts";

/** The list of a folder's sessions, as a report shows it. */
export interface ShownSessions {
  /** The folder, or the agent. */
  readonly title: string;
  readonly sessions: readonly SessionEntry[];
  readonly candidates: number;
  readonly unread: number;
  readonly unreadable: readonly UnreadableFile[];
  readonly notes: readonly string[];
}

/** Files that could not be read and are named one by one; the rest are counted. */
const maxNamedFiles = 5;
/** Columns of a project's name: next to the agent's name there is less room. */
const projectColumns = { alone: 12, mixed: 8, wide: 24 } as const;
/** A terminal of at least this width has room for longer names. */
const wideTerminal = 110;
/** Columns of a title where the terminal states no width. */
const openTitleColumns = 100;

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** Formats a time in the machine's zone; the year only where it is not the newest session's. */
function formatTime(time: number, newestYear: number): string {
  const date = new Date(time);
  const day = `${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  if (date.getFullYear() !== newestYear) return `${date.getFullYear()}-${day}`;
  return `${day} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** Formats a count of tokens in few characters: `980`, `45k`, `1.2m`. */
function formatTokens(tokens: number | undefined): string {
  if (tokens === undefined) return "-";
  if (tokens < 1000) return String(tokens);
  return tokens < 999_500 ? `${Math.round(tokens / 1000)}k` : `${(tokens / 1_000_000).toFixed(1)}m`;
}

function formatMessages({ messages, isEstimate }: SessionEntry): string {
  return messages === undefined ? "-" : `${isEstimate ? "~" : ""}${formatInteger(messages)}`;
}

/** Returns a text of at most `width` columns, with a sign where it was cut. */
function shorten(text: string, width: number): string {
  const line = showOnOneLine(text);
  const shown = cutToWidth(line, width);
  return shown.length === line.length ? line : `${cutToWidth(line, Math.max(1, width - 1))}…`;
}

function projectName(folder: string | undefined): string {
  return folder?.split(/[\\/]/u).findLast((part) => part !== "") ?? "-";
}

/** Names a session without a title, such as a file of messages, by its file. */
function nameSession(session: SessionEntry | undefined): string {
  return session?.title ?? session?.path.split(/[\\/]/u).findLast((part) => part !== "") ?? "-";
}

function sessionTable(sessions: readonly SessionEntry[], layout: TextLayout): string {
  const agents = new Set(sessions.map(({ agent }) => agent));
  const isMixed = agents.size > 1;
  const width =
    layout.columns >= wideTerminal
      ? projectColumns.wide
      : isMixed
        ? projectColumns.mixed
        : projectColumns.alone;
  const year = new Date(sessions[0]?.time ?? 0).getFullYear();
  const rows = sessions.map((session, index) => [
    String(index + 1),
    formatTime(session.time, year),
    shorten(projectName(session.folder), width),
    ...(isMixed ? [session.agent ?? "messages"] : []),
    formatMessages(session),
    formatTokens(session.tokens),
  ]);
  const head = ["#", "time", "project", ...(isMixed ? ["agent"] : []), "msgs", "tokens"];
  const before = head.reduce((sum, title, column) => {
    const widest = Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0));
    return sum + widest + 2;
  }, 0);
  const room = Number.isFinite(layout.columns) ? Math.max(24, layout.columns - before) : openTitleColumns;
  return formatTable(
    [...head, "title"],
    rows.map((row, index) => [...row, shorten(nameSession(sessions[index]), room)]),
    isMixed ? [1, 2, 3, 6] : [1, 2, 5],
    layout,
  );
}

function describeUnreadable(unreadable: readonly UnreadableFile[]): readonly string[] {
  if (unreadable.length === 0) return [];
  const named = unreadable
    .slice(0, maxNamedFiles)
    .map(({ path, reason }) => `  ${showOnOneLine(reason.startsWith(path) ? reason : `${path}: ${reason}`)}`);
  const more = unreadable.length - named.length;
  return ["", `not listed (${unreadable.length}):`, ...named, ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** Describes a folder's sessions: a table, newest first, then what was left out and why. `open` says how to open one. */
export function describeSessions(shown: ShownSessions, open: string, layout: TextLayout): string {
  const { sessions, candidates, unread } = shown;
  const count = `${formatInteger(sessions.length)} session${sessions.length === 1 ? "" : "s"}`;
  const of = unread === 0 ? "" : `, the newest of ${formatInteger(candidates)} files (--show N lists more)`;
  const notes = [...new Set(shown.notes)].map((note) => `note: ${note}`);
  const before = fitLines(`${layout.style.heading(showOnOneLine(shown.title))}: ${count}${of}`, layout);
  const after = fitLines(
    [
      ...describeUnreadable(shown.unreadable),
      ...(notes.length === 0 ? [] : ["", ...notes]),
      ...(sessions.length === 0 ? [] : ["", `tokens: of the newest call, as reported. Open one: ${open}`]),
    ].join("\n"),
    layout,
  );
  return [before, ...(sessions.length === 0 ? [] : ["", sessionTable(sessions, layout)]), after]
    .join("\n")
    .trimEnd();
}

/** Returns a list of sessions as JSON: numbers as `--session` takes them, times in ISO 8601. */
export function sessionsJson(shown: ShownSessions): Readonly<Record<string, unknown>> {
  return {
    sessions: shown.sessions.map((session, index) => ({
      number: index + 1,
      time: new Date(session.time).toISOString(),
      agent: session.agent ?? null,
      id: session.id ?? null,
      title: session.title ?? null,
      folder: session.folder ?? null,
      messages: session.messages ?? null,
      messagesAreEstimated: session.isEstimate,
      tokens: session.tokens ?? null,
      path: session.path,
    })),
    candidates: shown.candidates,
    unread: shown.unread,
    unreadable: shown.unreadable,
    notes: [...new Set(shown.notes)],
  };
}
