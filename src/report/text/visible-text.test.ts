import { expect, test } from "vitest";
import { formatTable } from "./format-table.ts";
import { terminalStyle } from "./text-style.ts";
import { showControls, showControlsInStyled, showOnOneLine } from "./visible-text.ts";

const hostile = "\u001b[2J\u001b]0;title\u0007a\rb\u009bc\u007f\u202ed";

test("shows controls as escapes and keeps text of any script, tabs and line feeds", () => {
  expect(showControls(hostile)).toBe(String.raw`\u001b[2J\u001b]0;title\u0007a\u000db\u009bc\u007f\u202ed`);
  expect(showControls("漢字\té 👩‍👧\r\nשלום\n")).toBe("漢字\té 👩‍👧\nשלום\n");
});

test("keeps a name on one line", () => {
  expect(showOnOneLine("model\nerror: fake\tline")).toBe(String.raw`model\nerror: fake line`);
});

test("keeps Loadline's own styles and no other sequence", () => {
  const styled = `${terminalStyle.heading("h")} ${terminalStyle.fault("f")}`;
  expect(showControlsInStyled(styled)).toBe(styled);
  expect(showControlsInStyled("\u001b[2J\u001b[5m")).toBe(String.raw`\u001b[2J\u001b[5m`);
});

test("a cell of a table cannot begin a line or move the cursor", () => {
  const table = formatTable(["name", "n"], [[`x\ny${hostile}`, "1"]]);
  expect(table.split("\n")).toHaveLength(3);
  expect(showControls(table)).toBe(table);
});
