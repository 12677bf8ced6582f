/**
 * Returns what a score is divided by for the room that its passage takes: sqrt(max(floor, tokens) / floor). Without it, one
 * long turn displaces several short ones, and recall falls as the budget grows. Without the floor, short turns of chat with
 * little content would all come first.
 */
export function computeLengthPenalty(tokens: number, floorTokens: number): number {
  return Math.sqrt(Math.max(floorTokens, tokens) / floorTokens);
}
