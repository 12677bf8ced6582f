/** A range of time: milliseconds since 1970 UTC, `to` exclusive. */
export interface DateRange {
  readonly from: number;
  readonly to: number;
}

/** Reference times for relative dates and dates without a year, milliseconds since 1970 UTC. */
export interface DateContext {
  /** Time of the question; without it "yesterday" and "last week" are ignored. */
  readonly now?: number | undefined;
  /** First and last time of the searched texts: "in June" is every June between them. */
  readonly earliest?: number | undefined;
  readonly latest?: number | undefined;
}

const monthNames =
  "january february march april may june july august september october november december".split(" ");
const weekdayNames = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const dayMs = 86_400_000;

/** Years in which a date without a year is searched: a wrong clock would otherwise make thousands. */
const maxYears = 40;

const month = `(${monthNames.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join("|")}|sept)`;
const day = "(\\d{1,2})(?:st|nd|rd|th)?";
const year = "((?:19|20)\\d{2})";

/** Each form with the position of year, month and day among its groups (0: not named). Most specific first. */
const absoluteForms: readonly {
  readonly form: RegExp;
  readonly groups: readonly [number, number, number];
}[] = [
  { form: new RegExp(`\\b${year}[-/.](\\d{1,2})[-/.](\\d{1,2})\\b`, "gi"), groups: [1, 2, 3] },
  { form: new RegExp(`\\b${day}(?: of)? ${month}\\.?,? ${year}\\b`, "gi"), groups: [3, 2, 1] },
  { form: new RegExp(`\\b${month}\\.? ${day},? ${year}\\b`, "gi"), groups: [3, 1, 2] },
  { form: new RegExp(`\\b${month}\\.?,? (?:of )?${year}\\b`, "gi"), groups: [2, 1, 0] },
  { form: new RegExp(`\\b${day}(?: of)? ${month}\\b`, "gi"), groups: [0, 2, 1] },
  { form: new RegExp(`\\b${month}\\.? ${day}\\b`, "gi"), groups: [0, 1, 2] },
  {
    form: new RegExp(`\\b(?:in|on|since|until|by|during|of|last|this|early|late|mid)[ -]${month}\\b`, "gi"),
    groups: [0, 1, 0],
  },
  { form: new RegExp(`\\b(?:in|since|until|by|during|of|from) ${year}\\b`, "gi"), groups: [1, 0, 0] },
];

/**
 * Finds the dates that a text names, as ranges in UTC, in rising order without repeats: "7 May 2023", "2023-05-07", "May 2023",
 * "in June", "in 2022", and relative to `now` "yesterday", "last week", "three months ago", "on Friday".
 */
export function findDateRanges(text: string, context: DateContext = {}): readonly DateRange[] {
  const ranges: DateRange[] = [];
  let rest = text;
  for (const { form, groups } of absoluteForms) {
    // Removes what one form has read, or "7 May 2023" would also name every 7 May and all of 2023.
    rest = rest.replaceAll(form, (...match: readonly unknown[]) => {
      const [yearText, monthText, dayText] = groups.map((group) =>
        group === 0 ? undefined : String(match[group]),
      );
      ranges.push(...findAbsoluteRanges(yearText, monthText, dayText, context));
      return " ";
    });
  }
  if (context.now !== undefined) ranges.push(...findRelativeRanges(rest, context.now));
  const unique = new Map(ranges.map((range) => [`${range.from}:${range.to}`, range]));
  return [...unique.values()].sort((first, second) => first.from - second.from || first.to - second.to);
}

function findAbsoluteRanges(
  yearText: string | undefined,
  monthText: string | undefined,
  dayText: string | undefined,
  context: DateContext,
): readonly DateRange[] {
  const monthIndex = monthText === undefined ? undefined : readMonth(monthText);
  if (monthText !== undefined && monthIndex === undefined) return [];
  const years = yearText === undefined ? listYears(context) : [Number(yearText)];
  return years.flatMap((fullYear) => {
    if (monthIndex === undefined) return [{ from: Date.UTC(fullYear, 0), to: Date.UTC(fullYear + 1, 0) }];
    if (dayText === undefined)
      return [{ from: Date.UTC(fullYear, monthIndex), to: Date.UTC(fullYear, monthIndex + 1) }];
    const from = Date.UTC(fullYear, monthIndex, Number(dayText));
    const exists = new Date(from).getUTCMonth() === monthIndex && Number(dayText) > 0;
    return exists ? [{ from, to: from + dayMs }] : [];
  });
}

function readMonth(text: string): number | undefined {
  const index = /^\d+$/.test(text)
    ? Number(text) - 1
    : monthNames.findIndex((name) => name.startsWith(text.slice(0, 3).toLowerCase()));
  return index >= 0 && index < 12 ? index : undefined;
}

function listYears({ earliest, latest, now }: DateContext): readonly number[] {
  const first = earliest ?? now;
  const last = latest ?? now;
  if (first === undefined || last === undefined) return [];
  const lastYear = new Date(last).getUTCFullYear();
  const firstYear = Math.max(new Date(first).getUTCFullYear(), lastYear - maxYears + 1);
  return Array.from({ length: Math.max(0, lastYear - firstYear + 1) }, (_, offset) => firstYear + offset);
}

const countWords = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const agoForm = new RegExp(
  `\\b(a|an|a few|a couple of|\\d{1,4}|${countWords.join("|")}) (day|week|month|year)s? ago\\b`,
  "gi",
);
const lastForm = new RegExp(
  `\\b(last|this|past|on|next) (day|week|weekend|month|year|${weekdayNames.join("|")})\\b`,
  "gi",
);

function findRelativeRanges(text: string, now: number): readonly DateRange[] {
  const today = Math.floor(now / dayMs) * dayMs;
  const ranges: DateRange[] = [];
  if (/\byesterday\b/i.test(text)) ranges.push({ from: today - dayMs, to: today });
  if (/\btoday\b|\btonight\b|\bthis (?:morning|afternoon|evening)\b/i.test(text))
    ranges.push({ from: today, to: today + dayMs });
  for (const [, count = "", unit = ""] of text.matchAll(agoForm)) {
    ranges.push(makeUnitRange(unit.toLowerCase(), -readCount(count.toLowerCase()), today));
  }
  for (const [, which = "", unit = ""] of text.matchAll(lastForm)) {
    ranges.push(makeNamedRange(which.toLowerCase(), unit.toLowerCase(), today));
  }
  return ranges;
}

function readCount(text: string): number {
  if (text === "a" || text === "an") return 1;
  if (text === "a couple of") return 2;
  if (text === "a few") return 3;
  const word = countWords.indexOf(text);
  return word >= 0 ? word : Number(text);
}

/** Returns the full day, week (from Monday), month or year that is `count` units from today's. */
function makeUnitRange(unit: string, count: number, today: number): DateRange {
  const date = new Date(today);
  if (unit === "day") return { from: today + count * dayMs, to: today + (count + 1) * dayMs };
  if (unit === "week") {
    const monday = today - ((date.getUTCDay() + 6) % 7) * dayMs;
    return { from: monday + count * 7 * dayMs, to: monday + (count + 1) * 7 * dayMs };
  }
  const fullYear = date.getUTCFullYear();
  if (unit === "year") return { from: Date.UTC(fullYear + count, 0), to: Date.UTC(fullYear + count + 1, 0) };
  const monthIndex = date.getUTCMonth() + count;
  return { from: Date.UTC(fullYear, monthIndex), to: Date.UTC(fullYear, monthIndex + 1) };
}

function makeNamedRange(which: string, unit: string, today: number): DateRange {
  const count = which === "next" ? 1 : which === "last" || which === "past" ? -1 : 0;
  const weekday = weekdayNames.indexOf(unit);
  if (weekday >= 0) {
    const back = (new Date(today).getUTCDay() - weekday + 7) % 7;
    const from = today - (back === 0 && count < 0 ? 7 : back) * dayMs + (count > 0 ? 7 * dayMs : 0);
    return { from, to: from + dayMs };
  }
  if (unit !== "weekend") return makeUnitRange(unit, count, today);
  const { from } = makeUnitRange("week", count, today);
  return { from: from + 5 * dayMs, to: from + 7 * dayMs };
}

/** Returns the words by which a time can be searched: "2023", "2023-05", "2023-05-07", "may", "sunday". */
export function listDateWords(time: number): readonly string[] {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return [];
  const iso = date.toISOString().slice(0, 10);
  const named = [monthNames[date.getUTCMonth()], weekdayNames[date.getUTCDay()]].filter(
    (name) => name !== undefined,
  );
  return [iso.slice(0, 4), iso.slice(0, 7), iso, ...named];
}
