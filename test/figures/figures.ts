import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLoadlineError } from "../../src/window/index.ts";

/** A figure's value: numbers are printed to full precision. */
export type Value = number | boolean | string | undefined;

/** Collects figures, each under its own path ("area/case/figure"). */
export class Figures {
  readonly #values = new Map<string, string>();

  /** Adds a figure. Fails if the path is in use: two figures under one path could swap unnoticed. */
  add(path: string, ...values: readonly Value[]): void {
    if (this.#values.has(path)) throw new Error(`${path}: recorded twice, give each figure its own path`);
    this.#values.set(path, values.map(String).join(" "));
  }

  /** Runs `record`; records an error by its code, because its wording may change. */
  tryTo(path: string, record: () => void): void;
  tryTo(path: string, record: () => Promise<void>): Promise<void>;
  tryTo(path: string, record: () => void | Promise<void>): void | Promise<void> {
    const refuse = (error: unknown): void => {
      if (!isLoadlineError(error)) throw error;
      this.add(path, "refused", error.code);
    };
    try {
      const result = record();
      return result instanceof Promise ? result.catch(refuse) : undefined;
    } catch (error) {
      return refuse(error);
    }
  }

  /** Returns all figures as lines in the order of their paths. */
  lines(): readonly string[] {
    return [...this.#values].map(([path, value]) => `${path}: ${value}`).sort();
  }
}

/** Records the figures of one area. */
export type Area = (figures: Figures) => Promise<void> | void;

/** Formats a position in a list so that texts sort like the numbers. */
export function place(index: number): string {
  return String(index).padStart(3, "0");
}

/** Serializes plain data as JSON with sorted names. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** Returns the first 16 digits of the SHA-256 of bytes or a text. */
export function shortHash(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 16);
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Reads a fixture of `test/fixtures`. The caller states its type, because its own script wrote it. */
export function readFixture<Fixture>(name: string): Fixture {
  return JSON.parse(readFileSync(join(root, "test/fixtures", name), "utf8")) as Fixture;
}

/** Returns a path inside the repository. */
export function inRepository(path: string): string {
  return join(root, path);
}
