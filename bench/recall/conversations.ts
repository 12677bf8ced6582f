import { z } from "zod";

const turnSchema = z.object({
  speaker: z.string(),
  dia_id: z.string(),
  text: z.string().default(""),
  blip_caption: z.string().optional(),
});

const questionSchema = z.object({
  question: z.union([z.string(), z.number()]).transform(String),
  category: z.number().int(),
  evidence: z.array(z.string()).default([]),
});

const conversationSchema = z.object({
  sample_id: z.string().optional(),
  conversation: z.record(z.string(), z.unknown()),
  qa: z.array(questionSchema),
});

/** One message with its labels. */
export interface Turn {
  readonly id: string;
  readonly speaker: string;
  readonly text: string;
  readonly session: number;
}

/** A question and the turns that contain its answer, as positions in the conversation's turns. */
export interface Question {
  readonly text: string;
  readonly category: number;
  readonly evidence: readonly number[];
}

/** A conversation of several sessions, with labelled questions. */
export interface LabelledConversation {
  readonly name: string;
  readonly turns: readonly Turn[];
  /** Each session's date as written, and as milliseconds UTC. */
  readonly sessions: readonly { readonly date: string; readonly time: number | undefined }[];
  readonly questions: readonly Question[];
}

/** Reads LoCoMo's format: a list of conversations. Leaves out questions whose evidence names no turn. */
export function readConversations(json: unknown): readonly LabelledConversation[] {
  return z
    .array(conversationSchema)
    .parse(json)
    .map((raw, position) => readConversation(raw, raw.sample_id ?? `conversation ${position + 1}`));
}

function readConversation(raw: z.infer<typeof conversationSchema>, name: string): LabelledConversation {
  const turns: Turn[] = [];
  const sessions: { date: string; time: number | undefined }[] = [];
  const numbers = Object.keys(raw.conversation)
    .flatMap((key) => /^session_(\d+)$/.exec(key)?.[1] ?? [])
    .map(Number)
    .sort((first, second) => first - second);
  for (const number of numbers) {
    const date = z.string().default("").parse(raw.conversation[`session_${number}_date_time`]);
    for (const turn of z.array(turnSchema).parse(raw.conversation[`session_${number}`])) {
      turns.push({ id: turn.dia_id, speaker: turn.speaker, text: turnText(turn), session: sessions.length });
    }
    sessions.push({ date, time: readDate(date) });
  }
  const positions = new Map(turns.map((turn, position) => [turn.id, position]));
  const questions = raw.qa
    .map(({ question, category, evidence }) => ({
      text: question,
      category,
      evidence: readEvidence(evidence, positions),
    }))
    .filter(({ evidence }) => evidence.length > 0);
  return { name, turns, sessions, questions };
}

/** Replaces an image by its caption, as is usual for LoCoMo with text-only models. */
function turnText(turn: z.infer<typeof turnSchema>): string {
  return turn.blip_caption === undefined ? turn.text : `${turn.text} [shares an image: ${turn.blip_caption}]`;
}

/** Reads evidence ids. Some fields contain several ("D8:6; D9:17"); malformed and unknown ids are left out. */
function readEvidence(fields: readonly string[], positions: ReadonlyMap<string, number>): readonly number[] {
  const ids = fields.flatMap((field) => field.match(/D\d+:\d+/g) ?? []);
  return [...new Set(ids.flatMap((id) => positions.get(id) ?? []))];
}

/** Parses "1:56 pm on 8 May, 2023" as UTC, other forms with Date.parse; `undefined` if neither succeeds. */
function readDate(text: string): number | undefined {
  const match = /^(\d+):(\d+) (am|pm) on (\d+ \w+),? (\d{4})$/.exec(text);
  if (match === null) return Number.isNaN(Date.parse(text)) ? undefined : Date.parse(text);
  const [, hour = "", minute = "", half = "", day = "", year = ""] = match;
  const hours = (Number(hour) % 12) + (half === "pm" ? 12 : 0);
  return Date.parse(`${day} ${year} 00:00 UTC`) + (hours * 60 + Number(minute)) * 60_000;
}
