import { formatInteger } from "./format-table.ts";

/** Formats a number of things: "1 call", "2,000 calls". */
export function countThings(number: number, one: string, many: string): string {
  return `${formatInteger(number)} ${number === 1 ? one : many}`;
}
