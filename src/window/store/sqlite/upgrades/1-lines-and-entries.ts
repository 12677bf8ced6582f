/**
 * Version 1: threads, entries, events, calibrations. Threads were called lines when this was written: a stored name changes only in an
 * upgrade step of its own, so the table `lines` and the columns `line` keep theirs. An entry's id is its thread's number times 2^30 plus
 * its seq, so a thread's entries are stored together. Long columns come last: reading the others does not touch their pages.
 */
export const linesAndEntries = `
CREATE TABLE lines (
  number INTEGER PRIMARY KEY,
  line TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  parent TEXT,
  fork_seq INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX lines_by_owner ON lines (owner, number);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  format TEXT NOT NULL,
  role TEXT NOT NULL,
  speaker TEXT,
  time INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  counter TEXT NOT NULL,
  parts TEXT NOT NULL,
  terms TEXT NOT NULL,
  json TEXT NOT NULL
) STRICT;
CREATE TABLE events (
  line INTEGER NOT NULL,
  place INTEGER NOT NULL,
  kind TEXT NOT NULL,
  time INTEGER NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (line, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE calibrations (model TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
