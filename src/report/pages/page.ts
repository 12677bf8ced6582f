import { escapeHtml } from "../charts/escape-html.ts";
import { pageStyle } from "./page-style.ts";

/** Renders a self-contained page: no script, no network. `title` and `lead` are plain text, `body` is HTML. */
export function renderPage(title: string, lead: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${pageStyle}</style></head>
<body><h1>${escapeHtml(title)}</h1><p class="lead">${escapeHtml(lead)}</p>
${body}
</body></html>
`;
}

/** One large value with its unit and some facts. */
export interface Card {
  readonly title: string;
  readonly value: string;
  readonly unit: string;
  /** Names with their values. */
  readonly facts: readonly (readonly [string, string])[];
  /** Index of its colour in the page's palette. */
  readonly colour: number;
}

/** Renders a card with one large value and some facts. */
export function renderCard({ title, value, unit, facts, colour }: Card): string {
  const rows = facts
    .map(([name, each]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(each)}</dd>`)
    .join("");
  return `<div class="card c${colour}"><h3>${escapeHtml(title)}</h3><b>${escapeHtml(value)}</b><span class="soft">${escapeHtml(unit)}</span><dl>${rows}</dl></div>`;
}

/** Renders a table; columns in `text` are aligned left, the others as numbers. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  text: readonly number[],
): string {
  const kind = (column: number): string => (text.includes(column) ? ' class="wrap"' : ' class="n"');
  const titles = head.map((name, column) => `<th${kind(column)}>${escapeHtml(name)}</th>`).join("");
  const lines = rows.map(
    (row) =>
      `<tr>${row.map((cell, column) => `<td${kind(column)}><i>${escapeHtml(head[column] ?? "")} </i>${escapeHtml(cell)}</td>`).join("")}</tr>`,
  );
  return `<table><thead><tr>${titles}</tr></thead><tbody>${lines.join("\n")}</tbody></table>`;
}
