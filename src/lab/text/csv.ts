import { LoadlineError } from "../../shared/errors.ts";
import { maxFieldCharacters } from "./limits.ts";

/** A row of a CSV file with the line it starts at, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Reads CSV piece by piece. */
export interface CsvReader {
  /** The rows that are complete with this piece. */
  readonly push: (piece: string) => readonly CsvRow[];
  /** The last row, when the file does not end in a line break. */
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
  /** The piece before ended in a carriage return, whose line feed is part of it. */
  afterReturn: boolean;
}

function refuse(state: State, message: string): never {
  throw new LoadlineError("invalid-data", `${state.file}, line ${state.line}: ${message}`, {
    details: { file: state.file, line: state.line },
  });
}

function endField(state: State): void {
  state.fields.push(state.field);
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
    state.startLine = state.line;
    return;
  }
  state.line += 1;
  endRow(state);
  state.startLine = state.line;
  state.afterReturn = character === "\r";
}

function take(state: State, character: string): void {
  const isBreak = character === "\n" || character === "\r";
  if (state.place === "quoted") {
    if (character === '"') state.place = "quote";
    else {
      if (character === "\n") state.line += 1;
      state.field += character;
    }
    return;
  }
  if (isBreak) {
    breakLine(state, character);
    return;
  }
  state.afterReturn = false;
  if (character === ",") {
    endField(state);
  } else if (character === '"') {
    if (state.place === "plain")
      refuse(state, 'got a quote inside a field, allowed: "" within a quoted field');
    if (state.place === "quote") state.field += '"';
    state.place = "quoted";
  } else {
    if (state.place === "quote")
      refuse(state, "got text after a closing quote, allowed: a comma or a line break");
    state.place = "plain";
    state.field += character;
  }
  if (state.field.length > maxFieldCharacters) {
    refuse(state, `got a field of over ${maxFieldCharacters} characters, allowed: shorter`);
  }
}

/**
 * Reads CSV as RFC 4180 has it: commas, quotes, doubled quotes, line breaks of every kind, also within quotes. Empty lines are
 * passed over. Errors: `invalid-data` with file and line.
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
  const taken = (): readonly CsvRow[] => state.rows.splice(0);
  return {
    push: (piece) => {
      for (const character of piece) take(state, character);
      if (state.place === "quoted" && state.field.length > maxFieldCharacters) {
        refuse(state, `got a quoted field of over ${maxFieldCharacters} characters, allowed: shorter`);
      }
      return taken();
    },
    end: () => {
      if (state.place === "quoted")
        refuse(state, "got the end of the file within quotes, allowed: a closing quote");
      if (state.fields.length > 0 || state.place !== "start") endRow(state);
      return taken();
    },
  };
}
