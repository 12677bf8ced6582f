import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { LoadlineError } from "../../shared/errors.ts";
import type { SessionEntry } from "../../window/index.ts";

/** Sessions that are listed of one database. */
const maxSessions = 10_000;

/** Between the path of a database and the id of a session in it. */
const separator = "#";

/** Returns the databases in opencode's folder. Links are not followed. */
export async function findDatabases(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): readonly string[] => []);
  const found: string[] = [];
  for (const name of names) {
    if (!/^opencode[\w.-]*\.db$/u.test(name)) continue;
    const path = join(folder, name);
    if ((await lstat(path)).isFile()) found.push(path);
  }
  return found;
}

interface Database {
  readonly all: (sql: string, ...values: readonly string[]) => readonly Readonly<Record<string, unknown>>[];
  readonly close: () => void;
}

async function open(path: string): Promise<Database> {
  const { DatabaseSync } = await import("node:sqlite");
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    database.exec("PRAGMA query_only = 1");
    return {
      all: (sql, ...values) => database.prepare(sql).all(...values) as readonly Record<string, unknown>[],
      close: () => database.close(),
    };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): LoadlineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LoadlineError(
    "file-unreadable",
    `${path}: cannot be read as a database of opencode (${reason})`,
    {
      cause,
      details: { path },
    },
  );
}

async function query<Result>(path: string, run: (database: Database) => Result): Promise<Result> {
  const database = await open(path);
  try {
    return run(database);
  } catch (cause) {
    throw cause instanceof LoadlineError ? cause : unreadable(path, cause);
  } finally {
    database.close();
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

// The newest answer with its tokens says how full the window was.
const listSql = `
  SELECT s.id, s.parent_id, s.title, s.directory, s.time_updated,
    (SELECT count(*) FROM message m WHERE m.session_id = s.id) AS messages,
    (SELECT coalesce(json_extract(m.data, '$.tokens.input'), 0) + coalesce(json_extract(m.data, '$.tokens.output'), 0)
        + coalesce(json_extract(m.data, '$.tokens.cache.read'), 0) + coalesce(json_extract(m.data, '$.tokens.cache.write'), 0)
      FROM message m WHERE m.session_id = s.id AND json_extract(m.data, '$.tokens.input') IS NOT NULL
      ORDER BY m.time_created DESC, m.id DESC LIMIT 1) AS tokens
  FROM session s ORDER BY s.time_updated DESC LIMIT ${maxSessions}`;

/** Lists the sessions of a database of opencode, newest first. Errors: `file-unreadable`. */
export async function listDatabase(path: string): Promise<readonly SessionEntry[]> {
  return await query(path, (database) =>
    database.all(listSql).map((row): SessionEntry => ({
      path: `${path}${separator}${String(row["id"])}`,
      agent: "opencode",
      id: textOf(row["id"]),
      title: textOf(row["title"]),
      folder: textOf(row["directory"]),
      time: numberOf(row["time_updated"]) ?? 0,
      messages: numberOf(row["messages"]),
      isEstimate: false,
      tokens: numberOf(row["tokens"]),
      isSidechain: textOf(row["parent_id"]) !== undefined,
    })),
  );
}

/** Whether the path of an entry names a session in a database. */
export function isInDatabase(path: string): boolean {
  return /\.db#[^#]+$/u.test(path);
}

function parse(value: unknown): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(String(value));
  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}

/** Returns a session of a database in the form that `opencode export` prints. Errors: `not-found`, `file-unreadable`. */
export async function exportDatabaseSession(entryPath: string): Promise<string> {
  const at = entryPath.lastIndexOf(separator);
  const path = entryPath.slice(0, at);
  const id = entryPath.slice(at + 1);
  return await query(path, (database) => {
    const [session] = database.all("SELECT * FROM session WHERE id = ?", id);
    if (session === undefined)
      throw new LoadlineError("not-found", `${path}: no session ${id}`, { details: { path, session: id } });
    const parts = new Map<string, object[]>();
    for (const row of database.all(
      "SELECT message_id, data FROM part WHERE session_id = ? ORDER BY message_id, id",
      id,
    )) {
      const list = parts.get(String(row["message_id"])) ?? [];
      list.push(parse(row["data"]));
      parts.set(String(row["message_id"]), list);
    }
    const rows = database.all(
      "SELECT id, data FROM message WHERE session_id = ? ORDER BY time_created, id",
      id,
    );
    const messages = rows.map((row) => ({
      info: { ...parse(row["data"]), id: row["id"] },
      parts: parts.get(String(row["id"])) ?? [],
    }));
    const info = {
      id,
      parentID: session["parent_id"],
      title: session["title"],
      directory: session["directory"],
      time: { created: session["time_created"], updated: session["time_updated"] },
      revert:
        session["revert"] === null || session["revert"] === undefined ? undefined : parse(session["revert"]),
    };
    return JSON.stringify({ info, messages });
  });
}
