import { expect, test } from "vitest";
import { readConversations } from "./conversations.ts";
import { summarize } from "./metrics.ts";
import { loadline, newestFirst, oracle, plainBm25, prepareConversation } from "./strategies.ts";

const data = [
  {
    conversation: {
      speaker_a: "Ida",
      session_2_date_time: "12:05 am on 9 May, 2023",
      session_2: [{ speaker: "Ole", dia_id: "D2:1", text: "The harbour was quiet." }],
      session_1_date_time: "1:30 pm on 7 May, 2023",
      session_1: [
        { speaker: "Ida", dia_id: "D1:1", text: "Look at this", blip_caption: "a grey zebra" },
        { speaker: "Ole", dia_id: "D1:2", text: "Lovely." },
      ],
    },
    qa: [
      { question: "Was it a quiet zebra?", category: 1, evidence: ["D1:1; D2:1", "D9:9", "D:1:2"] },
      { question: "Who?", category: 5, evidence: ["D7:1"] },
      { question: "Why?", category: 3 },
    ],
  },
];

test("readConversations orders sessions by number, parses dates, and adds captions to the text", () => {
  const [conversation] = readConversations(data);
  expect(conversation?.turns.map(({ id, session }) => [id, session])).toEqual([
    ["D1:1", 0],
    ["D1:2", 0],
    ["D2:1", 1],
  ]);
  expect(conversation?.turns[0]?.text).toBe("Look at this [shares an image: a grey zebra]");
  expect(conversation?.sessions.map(({ time }) => time)).toEqual([
    Date.UTC(2023, 4, 7, 13, 30),
    Date.UTC(2023, 4, 9, 0, 5),
  ]);
});

test("readConversations splits several ids in one field, and drops malformed and unknown ids and questions without any", () => {
  const [conversation] = readConversations(data);
  expect(conversation?.questions).toEqual([{ text: "Was it a quiet zebra?", category: 1, evidence: [0, 2] }]);
});

test("readConversations refuses other formats", () => {
  expect(() => readConversations([{ qa: [] }])).toThrow();
  expect(() => readConversations({})).toThrow();
});

test("every strategy stays within its budgets, and the oracle finds all evidence", () => {
  const [conversation] = readConversations(data).map((one) =>
    prepareConversation(one, (text) => text.length),
  );
  const question = conversation?.questions[0];
  if (conversation === undefined || question === undefined) throw new Error("no question");
  for (const strategy of [loadline, newestFirst, plainBm25, oracle]) {
    const [none, all] = strategy(conversation, question, [0, 10_000]);
    expect(none?.size).toBe(0);
    expect(all?.size).toBeGreaterThanOrEqual(strategy === oracle ? 2 : 1);
  }
  expect(oracle(conversation, question, [10_000])).toEqual([
    new Map([
      [0, 1],
      [2, 1],
    ]),
  ]);
});

test("summarize averages shares and counts questions with all evidence", () => {
  const results = [
    { category: 1, shares: [0.5, 1] },
    { category: 4, shares: [0, 1] },
  ];
  expect(summarize(results, [512, 1024])).toEqual({
    questions: 2,
    recall: { 512: 25, 1024: 100 },
    all: { 512: 0, 1024: 100 },
  });
  expect(summarize([], [512])).toEqual({ questions: 0, recall: {}, all: {} });
});
