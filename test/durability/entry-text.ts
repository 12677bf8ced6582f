/** Makes the message for a place of a thread. It follows from the place alone, so the check needs no record of it. */
export function entryText(thread: string, seq: number): string {
  // 0 to 6,000 characters, so that entries end inside, at and across pages.
  const filler = `${thread}/${seq} \u0000é😀`.repeat((seq * 37) % 400);
  return JSON.stringify({ role: "user", content: `${thread} ${seq} ${filler}` });
}

/** Makes the search terms of the entry in a place. */
export function terms(thread: string, seq: number): string {
  return `${thread} n${seq} common`;
}

/** Lists the threads of a writer. Not sorted. */
export function threadsOf(writer: string): readonly string[] {
  return ["c", "a", "b"].map((part) => `${writer}.${part}`);
}
