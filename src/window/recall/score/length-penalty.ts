/**
 * What a score is divided by for the room its passage takes: sqrt(max(floor, tokens) / floor). Without it one long
 * turn displaces several short ones, and recall falls as the budget grows; without the floor short turns of chat,
 * which say little, would all come first.
 */
export function lengthPenalty(tokens: number, floorTokens: number): number {
  return Math.sqrt(Math.max(floorTokens, tokens) / floorTokens);
}
