import { describe, expect, test } from "vitest";
import { chainHash } from "../../conversation/message/identity.ts";
import { matchHistory } from "./match-history.ts";

function chain(jsons: readonly string[]): { hash: string }[] {
  const hashes: string[] = [];
  for (const json of jsons) hashes.push(chainHash(hashes.at(-1) ?? "", json));
  return hashes.map((hash) => ({ hash }));
}

const thread = ["s", "u1", "a1", "u2", "a2"];

describe("matchHistory", () => {
  test("a resent history with two new messages adds only those", () => {
    expect(matchHistory(chain(thread), [...thread, "u3", "a3"])).toEqual({ known: 5, at: 5 });
  });
  test("a new message alone goes to the end", () => {
    expect(matchHistory(chain(thread), ["u3"])).toEqual({ known: 0, at: 5 });
  });
  test("a repeated append of the last messages is harmless", () => {
    expect(matchHistory(chain(thread), ["u2", "a2"])).toEqual({ known: 2, at: 5 });
    expect(matchHistory(chain(thread), ["a2"])).toEqual({ known: 1, at: 5 });
  });
  test("a continuation that overlaps the end adds only what is new", () => {
    expect(matchHistory(chain(thread), ["u2", "a2", "u3"])).toEqual({ known: 2, at: 5 });
  });
  test("a history that diverges from the thread is a fork", () => {
    expect(matchHistory(chain(thread), ["s", "u1", "b1"])).toEqual({ known: 2, at: 2 });
    expect(matchHistory(chain(thread), ["s", "v1"])).toEqual({ known: 1, at: 1 });
  });
  test("a message repeated later is new", () => {
    expect(matchHistory(chain(["hi", "hello"]), ["hi"])).toEqual({ known: 0, at: 2 });
  });
  test("an empty thread adds everything", () => {
    expect(matchHistory([], thread)).toEqual({ known: 0, at: 0 });
  });
  test("the first message appended twice is harmless", () => {
    expect(matchHistory(chain(["u1"]), ["u1"])).toEqual({ known: 1, at: 1 });
  });
});
