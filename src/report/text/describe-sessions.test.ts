import { expect, test } from "vitest";
import { describeSessions } from "./describe-sessions.ts";
import { plainLayout } from "./text-style.ts";

test("names a session without a title by its file", () => {
  const session = {
    path: "/chats/port.json",
    agent: undefined,
    id: undefined,
    title: undefined,
    folder: undefined,
    time: Date.UTC(2026, 0, 2),
    messages: 1,
    isEstimate: false,
    tokens: undefined,
    isSidechain: false,
  };
  const shown = { title: "chats", sessions: [session], candidates: 1, unread: 0, unreadable: [], notes: [] };
  expect(describeSessions(shown, "--session N", plainLayout)).toContain("port.json");
  const titled = { ...shown, sessions: [{ ...session, title: "Which port?" }] };
  expect(describeSessions(titled, "--session N", plainLayout)).not.toContain("port.json");
});
