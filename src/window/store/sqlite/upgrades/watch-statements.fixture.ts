import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { upgradeSchema } from "../schema.ts";

/** Opens a database as the store does and upgrades it; `onStatement` is called before and after each statement that runs. */
export function upgradeWatched(path: string, onStatement: (sql: string) => void): void {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    upgradeSchema(watch(database, onStatement), path);
  } finally {
    database.close();
  }
}

const statementCalls: ReadonlySet<string | symbol> = new Set(["run", "get", "all"]);

function watch(database: DatabaseSync, onStatement: (sql: string) => void): DatabaseSync {
  const around = <Result>(sql: string, run: () => Result): Result => {
    onStatement(sql);
    const result = run();
    onStatement(sql);
    return result;
  };
  return new Proxy(database, {
    get: (target, name) => {
      if (name === "exec") {
        // Each statement of a script on its own, so that a failure also comes between them.
        return (sql: string) => {
          for (const one of sql.split(";").filter((text) => text.trim() !== ""))
            around(one, () => target.exec(one));
        };
      }
      if (name === "prepare") return (sql: string) => watchStatement(target.prepare(sql), sql, around);
      return Reflect.get(target, name, target);
    },
  });
}

function watchStatement(
  statement: StatementSync,
  sql: string,
  around: <Result>(sql: string, run: () => Result) => Result,
): StatementSync {
  return new Proxy(statement, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const call = (...values: readonly unknown[]): unknown => Reflect.apply(value, target, values);
      return statementCalls.has(name)
        ? (...values: readonly unknown[]) => around(sql, () => call(...values))
        : call;
    },
  });
}
