import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";
import type { CsvRow } from "./csv.ts";
import { createCsvReader } from "./csv.ts";
import type { LabelledText } from "./labelled-text.ts";
import { maxFieldCharacters, maxTexts } from "./limits.ts";
import { readPieces } from "./read-pieces.ts";

function refuse(file: string, line: number, message: string): never {
  throw new LoadlineError("invalid-data", `${file}, line ${line}: ${message}`, { details: { file, line } });
}

/** A line of JSON holds a field and more; a longer one would be held in memory. */
const maxLineCharacters: number = maxFieldCharacters * 2;

/** A text with the number of its first line, from 1. */
interface Row extends LabelledText {
  readonly line: number;
}

interface Columns {
  readonly text: number;
  readonly label: number;
  readonly count: number;
}

function readHeader(file: string, row: CsvRow): Columns {
  const names = row.fields.map((name) => name.trim().toLowerCase());
  const text = names.indexOf("text");
  const label = names.indexOf("label");
  if (text < 0 || label < 0) {
    refuse(file, row.line, `got the columns ${names.join(", ")}, allowed: any that include text and label`);
  }
  return { text, label, count: names.length };
}

async function* readCsv(file: string): AsyncGenerator<Row> {
  const reader = createCsvReader(file);
  let columns: Columns | undefined;
  const rowsOf = function* (rows: readonly CsvRow[]): Generator<Row> {
    for (const row of rows) {
      if (columns === undefined) {
        columns = readHeader(file, row);
        continue;
      }
      if (row.fields.length !== columns.count) {
        refuse(
          file,
          row.line,
          `got ${row.fields.length} fields, allowed: ${columns.count}, as in the first row`,
        );
      }
      const [text = "", label = ""] = [row.fields[columns.text], row.fields[columns.label]];
      yield { text, label: label.trim(), line: row.line };
    }
  };
  for await (const piece of readPieces(file)) yield* rowsOf(reader.push(piece));
  yield* rowsOf(reader.end());
}

const labelledLine = z.object({
  text: z.string().max(maxFieldCharacters),
  label: z.union([z.string(), z.number(), z.boolean()]),
});

function readLine(file: string, line: number, text: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    refuse(file, line, `is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  const parsed = labelledLine.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    refuse(file, line, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not a text with a label"}`);
  }
  return { text: parsed.data.text, label: String(parsed.data.label).trim(), line };
}

async function* readJsonLines(file: string): AsyncGenerator<Row> {
  let rest = "";
  let line = 0;
  for await (const piece of readPieces(file)) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxLineCharacters)
      refuse(
        file,
        line + 1,
        `got a line of more than ${maxLineCharacters} characters, allowed: up to ${maxLineCharacters}`,
      );
    for (const each of lines) {
      line++;
      if (each.trim() !== "") yield readLine(file, line, each);
    }
  }
  if (rest.trim() !== "") yield readLine(file, line + 1, rest);
}

/**
 * Reads texts and labels from a CSV file whose first row names the columns `text` and `label`, or from JSON lines with these fields if
 * the name ends in .jsonl, .ndjson or .json. Errors: `invalid-data` with file and line, `file-unreadable`.
 */
export async function readLabelledTexts(file: string): Promise<readonly LabelledText[]> {
  const rows = /\.(?:jsonl|ndjson|json)$/i.test(file) ? readJsonLines(file) : readCsv(file);
  const texts: LabelledText[] = [];
  for await (const { line, text, label } of rows) {
    if (label === "") refuse(file, line, "the label is empty; every text needs one");
    texts.push({ text, label });
    if (texts.length > maxTexts) {
      throw new LoadlineError(
        "invalid-data",
        `${file}: got more than ${maxTexts} texts, allowed: up to ${maxTexts}`,
      );
    }
  }
  if (texts.length === 0)
    throw new LoadlineError("invalid-data", `${file}: got 0 texts, allowed: at least 1`);
  return texts;
}
