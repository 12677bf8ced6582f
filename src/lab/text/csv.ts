import { LoadlineError } from "../../shared/errors.ts";
import { maxColumns, maxFieldCharacters } from "./limits.ts";

/** A row of a CSV file with the line it starts at, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Reads CSV piece by piece. */
export interface CsvReader {
  /** Reads a piece; returns the rows that it completes. */
  readonly push: (piece: string) => readonly CsvRow[];
  /** Ends the file; returns the last row if it does not end in a line break. */
  readonly end: () => readonly CsvRow[];
}

type Place = "start" | "plain" | "quoted" | "quote";

interface State {
  readonly file: string;
  readonly rows: CsvRow[];
  place: Place;
  field: string;
  fields: string[];
  line: number;
  startLine: number;
  /** The last character was a carriage return, so a line feed belongs to it. */
  afterReturn: boolean;
}

function refuse(state: State, message: string): never {
  throw new LoadlineError("invalid-data", `${state.file}, line ${state.line}: ${message}`, {
    details: { file: state.file, line: state.line },
  });
}

/** Adds an entire run of characters: one at a time, each would be a string of its own, 30 times the file. */
function addText(state: State, text: string): void {
  state.field += text;
  if (state.field.length > maxFieldCharacters)
    refuse(
      state,
      `got a field of more than ${maxFieldCharacters} characters, allowed: up to ${maxFieldCharacters}`,
    );
}

function endField(state: State): void {
  state.fields.push(state.field);
  if (state.fields.length > maxColumns)
    refuse(state, `got a row of more than ${maxColumns} fields, allowed: up to ${maxColumns}`);
  state.field = "";
  state.place = "start";
}

function endRow(state: State): void {
  endField(state);
  const isEmpty = state.fields.length === 1 && state.fields[0] === "";
  if (!isEmpty) state.rows.push({ line: state.startLine, fields: state.fields });
  state.fields = [];
}

function breakLine(state: State, character: string): void {
  if (character === "\n" && state.afterReturn) {
    state.afterReturn = false;
    return;
  }
  state.line++;
  endRow(state);
  state.startLine = state.line;
  state.afterReturn = character === "\r";
}

function takeMark(state: State, mark: string): void {
  if (mark === "\n" || mark === "\r") {
    breakLine(state, mark);
    return;
  }
  state.afterReturn = false;
  if (mark === ",") {
    endField(state);
    return;
  }
  if (state.place === "plain")
    refuse(state, "got a quote inside a field; put the field in quotes and double the quotes in it");
  if (state.place === "quote") addText(state, '"');
  state.place = "quoted";
}

function takePlain(state: State, text: string): void {
  if (text === "") return;
  if (state.place === "quote")
    refuse(state, "got text after a closing quote, allowed: a comma or a line break");
  state.place = "plain";
  state.afterReturn = false;
  addText(state, text);
}

function takeQuoted(state: State, text: string): void {
  addText(state, text);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) state.line++;
}

function takePiece(state: State, piece: string): void {
  const marks = /[",\r\n]/g;
  for (let at = 0; at < piece.length;) {
    if (state.place === "quoted") {
      const quote = piece.indexOf('"', at);
      takeQuoted(state, piece.slice(at, quote < 0 ? piece.length : quote));
      if (quote < 0) return;
      state.place = "quote";
      at = quote + 1;
      continue;
    }
    marks.lastIndex = at;
    const mark = marks.exec(piece);
    takePlain(state, piece.slice(at, mark?.index ?? piece.length));
    if (mark === null) return;
    takeMark(state, mark[0]);
    at = mark.index + 1;
  }
}

/**
 * Makes a reader of CSV as in RFC 4180: commas, quotes, doubled quotes, and line breaks of every kind, also within quotes. Skips empty
 * lines. Errors: `invalid-data` with file and line.
 */
export function createCsvReader(file: string): CsvReader {
  const state: State = {
    file,
    rows: [],
    place: "start",
    field: "",
    fields: [],
    line: 1,
    startLine: 1,
    afterReturn: false,
  };
  const takeRows = (): readonly CsvRow[] => state.rows.splice(0);
  return {
    push: (piece) => {
      takePiece(state, piece);
      return takeRows();
    },
    end: () => {
      if (state.place === "quoted") refuse(state, "the file ends within quotes: a closing quote is missing");
      if (state.fields.length > 0 || state.place !== "start") endRow(state);
      return takeRows();
    },
  };
}
