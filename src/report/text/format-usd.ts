/** Below this many dollars, cents with two more digits say more. */
const smallUsd = 1;

/** The last of the four digits: $0.0000 would read as free. */
const minShownUsd = 0.0001;

/** Formats dollars: `$12.34`, below one dollar four digits (`$0.0123`), `<$0.0001` for less than half of that, and `-` for unknown prices. */
export function formatUsd(usd: number | undefined): string {
  if (usd === undefined) return "-";
  if (usd > 0 && usd < minShownUsd / 2) return `<$${minShownUsd}`;
  return `$${usd.toFixed(Math.abs(usd) < smallUsd ? 4 : 2)}`;
}

/** Names where prices are from, with their date if there is one. */
export function nameSource({
  source,
  date,
}: {
  readonly source: string;
  readonly date: string | undefined;
}): string {
  return date === undefined ? source : `${source}, ${date}`;
}
