/** Tags in which clients put what is not the user's own words: Claude Code, Cline, Roo and opencode. */
const tags = [
  "system-reminder",
  "environment_details",
  "context",
  "todo_list",
  "ide_selection",
  "ide_opened_file",
];

const reminder = new RegExp(`^\\s*(?:<(${tags.join("|")})\\b[^>]*>[\\s\\S]*?</\\1>\\s*)+$`);
/** A client also passes on in a reminder what the user typed while a tool ran. */
const userWords = /\b(?:the )?user\b[^.\n]{0,30}\b(?:typed|sent|said|wrote|asks|asked|message)\b/i;

/** Returns true for a text that a client adds to tool results on its own: it asks for nothing. */
export function isReminder(text: string): boolean {
  return reminder.test(text) && !userWords.test(text);
}
