/** Messages that follow each other in both histories. */
export interface Stretch {
  /** Index of the first among the sent messages. */
  readonly index: number;
  readonly seq: number;
  readonly length: number;
}

/** A shorter stretch does not show that a history goes on after a summary. */
const minTail = 2;

interface Keyed {
  readonly key: string;
}

/**
 * Finds the stretch with which the stored history ends and with which the sent one goes on, if fewer messages stand for what is left
 * out before: the client replaced it by a summary. `from` is where both differ.
 */
export function findTail(
  sent: readonly Keyed[],
  stored: { readonly length: number; at(seq: number): Keyed | undefined },
  from: { readonly at: number; readonly seq: number },
): Stretch | undefined {
  const last = stored.at(stored.length - 1);
  for (let end = sent.length - 1; end >= from.at; end--) {
    if (sent[end]?.key !== last?.key) continue;
    let run = 0;
    while (
      run < stored.length - from.seq &&
      run <= end - from.at &&
      sent[end - run]?.key === stored.at(stored.length - 1 - run)?.key
    )
      run++;
    const replacing = end - run + 1 - from.at;
    if (run >= minTail && replacing < stored.length - run - from.seq)
      return { index: end - run + 1, seq: stored.length - run, length: run };
  }
  return undefined;
}
