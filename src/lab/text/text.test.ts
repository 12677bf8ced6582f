import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCsvReader } from "./csv.ts";
import { readMail, readableHtml } from "./mail.ts";
import { bigramLoss, splitTokens, windowSource } from "./plain-text.ts";
import { readLabelledTexts } from "./read-labelled.ts";
import { readPieces } from "./read-pieces.ts";
import { withoutListMarks } from "./spam-assassin.ts";
import { splitTexts } from "./split-texts.ts";
import { tokenSource } from "./token-source.ts";
import {
  createEncoder,
  cutText,
  encodeTokens,
  learnVocabulary,
  parseVocabulary,
  tokenText,
} from "./vocabulary.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loadline-text-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function parse(text: string, pieces = [text.length]): readonly (readonly string[])[] {
  const reader = createCsvReader("f");
  const rows = [];
  let at = 0;
  for (const size of [...pieces, text.length]) {
    rows.push(...reader.push(text.slice(at, at + size)));
    at += size;
  }
  return [...rows, ...reader.end()].map((row) => row.fields);
}

describe("createCsvReader", () => {
  test("reads quotes, doubled quotes, line breaks in quotes, CRLF, empty fields and lines", () => {
    expect(parse('a,b\r\n"x, ""y""\nz",\r\n\r\n1,2')).toEqual([
      ["a", "b"],
      ['x, "y"\nz', ""],
      ["1", "2"],
    ]);
  });
  test("reads back what was written, in pieces of any size", () => {
    const field = fc.string({ maxLength: 8 }).map((text) => text.replaceAll("\r", ""));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(9), { maxLength: 9 }),
        (rows, pieces) => {
          const text = rows
            .map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(","))
            .join("\n");
          expect(parse(text, pieces)).toEqual(rows);
        },
      ),
    );
  });
  test("holds a large field in the memory of its text, and limits rows and fields", () => {
    // One by one, ten million characters took 300 MB of strings.
    const before = process.memoryUsage().heapUsed;
    const rows = parse(Array.from({ length: 5 }, () => `"${"x".repeat(2_000_000)}"`).join("\n"));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
    expect(rows).toHaveLength(5);
    expect(() => parse(`"${"x".repeat(4_000_001)}"`)).toThrow(/f, line 1: got a field of more than 4000000/);
    expect(() => parse(",".repeat(20_000))).toThrow(/f, line 1: got a row of more than 10000 fields/);
  });
  test("names the line that is wrong", () => {
    expect(() => parse('a\nb"c')).toThrow(/f, line 2: got a quote inside a field/);
    expect(() => parse('a\n"b"c')).toThrow(/f, line 2: got text after a closing quote/);
    expect(() => parse('a\n"b\n')).toThrow(/the file ends within quotes/);
  });
});

describe("readLabelledTexts", () => {
  test("reads CSV with columns in any order, a byte order mark and other columns", async () => {
    const path = file("a.csv", '\u{feff}Label,id,Text\nham,1,hello\nspam,2,"buy, now"\n');
    expect(await readLabelledTexts(path)).toEqual([
      { text: "hello", label: "ham" },
      { text: "buy, now", label: "spam" },
    ]);
  });
  test("reads JSON lines with labels of any plain type", async () => {
    const path = file("a.jsonl", '{"text":"a","label":1}\n\n{"text":"b","label":"x","more":[]}');
    expect(await readLabelledTexts(path)).toEqual([
      { text: "a", label: "1" },
      { text: "b", label: "x" },
    ]);
  });
  test.each([
    ["ragged.csv", "text,label\na,b\nc\n", /ragged.csv, line 3: got 1 fields, allowed: 2/],
    [
      "columns.csv",
      "texts,label\na,b\n",
      /columns.csv, line 1: got the columns texts, label, allowed: any that include text and label/,
    ],
    ["empty.csv", "", /empty.csv: got 0 texts/],
    ["label.csv", "text,label\na,\n", /label.csv, line 2: the label is empty/],
    ["broken.jsonl", '{"text":"a","label":"b"}\n{"text":', /broken.jsonl, line 2: is not JSON/],
    ["missing.jsonl", '{"text":"a"}\n', /missing.jsonl, line 1: label/],
  ])("refuses %s and names the line", async (name, content, message) => {
    await expect(readLabelledTexts(file(name, content))).rejects.toThrow(message);
  });
  test("names the byte that is not UTF-8, also across pieces, and a missing file", async () => {
    const long = "ä".repeat(40_000);
    const bytes = Buffer.concat([Buffer.from(long), Buffer.from([0xc3, 0x28])]);
    const read = async (path: string): Promise<string> => {
      let text = "";
      for await (const piece of readPieces(path)) text += piece;
      return text;
    };
    await expect(read(file("bad.txt", bytes))).rejects.toThrow(
      /bad.txt, byte 80000: is not UTF-8; convert the file/,
    );
    await expect(read(file("cut.txt", Buffer.from("aä").subarray(0, 2)))).rejects.toThrow(/cut.txt, byte 1/);
    await expect(read(file("good.txt", `x${long}€`))).resolves.toBe(`x${long}€`);
    await expect(read(join(folder, "none"))).rejects.toThrow(/none: no such file/);
  });
});

describe("splitTexts", () => {
  const texts = Array.from({ length: 200 }, (_, index) => ({
    text: `text number ${index}`,
    label: index % 2 === 0 ? "a" : "b",
  }));
  test("drops duplicates, keeps a text in the same part, and sorts classes", () => {
    const split = splitTexts([...texts, { text: "TEXT number, 3!", label: "b" }], "f");
    expect(split.duplicates).toBe(1);
    expect(split.classes).toEqual(["a", "b"]);
    expect(split.train.length + split.test.length).toBe(200);
    const alone = splitTexts(texts.slice(0, 100), "f");
    const side = new Set(split.test.map((each) => each.text));
    for (const { text } of alone.test) expect(side.has(text)).toBe(true);
  });
  test("refuses a class without texts in one part", () => {
    expect(() => splitTexts([...texts, { text: "alone", label: "c" }], "f")).toThrow(
      /the class "c" has no (?:train|test) text/,
    );
    expect(() =>
      splitTexts(
        texts.filter((each) => each.label === "a"),
        "f",
      ),
    ).toThrow(/got 1 classes, allowed: 2/);
  });
});

describe("cutText, learnVocabulary and tokenSource", () => {
  test("cut words, and replace numbers, links and addresses", () => {
    expect(cutText("Don't PAY $100, see http://x.y/z or a@b.org!", "words")).toEqual([
      "don't",
      "pay",
      "$",
      "<number 3>",
      "see",
      "<url>",
      "or",
      "<address>",
      "!",
    ]);
    expect(cutText("aé", "characters")).toEqual(["a", "é"]);
  });
  test("cut a long run of letters in linear time", () => {
    // When an address was tried from every position of the run, two million letters took half an hour.
    expect(cutText(`${"a".repeat(2_000_000)} x@y.z`, "words")).toEqual(["<long>", "<address>"]);
  });
  test("number the most frequent token first, after padding and the unknown", () => {
    const vocabulary = learnVocabulary(["b a a", "b c a"], "words", { maxSize: 2 });
    expect(vocabulary.tokens).toEqual(["a", "b"]);
    expect(createEncoder(vocabulary)("a b c")).toEqual([2, 3, 1]);
    expect(encodeTokens(vocabulary, "a b c")).toEqual(Uint16Array.of(2, 3, 1));
    expect([0, 1, 2, 99].map((id) => tokenText(vocabulary, id))).toEqual(["", "\u{fffd}", "a", "\u{fffd}"]);
    expect(parseVocabulary(JSON.stringify(vocabulary), "f")).toEqual(vocabulary);
    expect(() => parseVocabulary("{", "f")).toThrow(/f: its vocabulary is not JSON/);
    expect(() => parseVocabulary('{"kind":"words","tokens":[1]}', "f")).toThrow(
      /f: its vocabulary is damaged/,
    );
  });
  test("cut and pad rows", () => {
    const source = tokenSource(
      [
        { text: "a b", label: "y" },
        { text: "b b b b", label: "x" },
      ],
      ["x", "y"],
      createEncoder({ kind: "words", tokens: ["a", "b"] }),
      3,
    );
    const int32 = new Int32Array(6);
    const labels = new Int32Array(2);
    source.writeBatch(
      { order: Uint32Array.from([0, 1]), from: 0, size: 2, epoch: 0 },
      { int32, float32: new Float32Array(6) },
      { int32: labels, float32: new Float32Array(2) },
    );
    expect([[...int32], [...labels]]).toEqual([
      [2, 3, 0, 3, 3, 3],
      [1, 0],
    ]);
  });
});

describe("windowSource, splitTokens and bigramLoss", () => {
  test("use the next tokens as targets, whatever the shift", () => {
    const tokens = Uint16Array.from({ length: 50 }, (_, index) => index);
    const source = windowSource(tokens, 8, true);
    const order = Uint32Array.from({ length: source.count }, (_, index) => index);
    for (let epoch = 0; epoch < 9; epoch++) {
      const input = new Int32Array(source.count * 8);
      const target = new Int32Array(source.count * 8);
      source.writeBatch(
        { order: order, from: 0, size: source.count, epoch },
        { int32: input, float32: new Float32Array(1) },
        { int32: target, float32: new Float32Array(1) },
      );
      input.forEach((token, at) => expect(target[at]).toBe(token + 1));
    }
  });
  test("refuse a text that is too short", () => {
    expect(() => splitTokens(Uint16Array.of(1, 2, 3), 8, "f")).toThrow(
      /got a text of 3 tokens, allowed: at least 90/,
    );
  });
  test("compute the loss of a bigram model, worked out by hand", () => {
    // 2 and 3 alternate: the loss goes to 0 with the number that is added. A fair coin's is ln 2.
    const regular = Uint16Array.from({ length: 4000 }, (_, index) => 2 + (index % 2));
    expect(bigramLoss(regular, regular.subarray(0, 400), 4)).toBeLessThan(0.001);
    let state = 1;
    const coin = Uint16Array.from({ length: 20_000 }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return 2 + ((state >>> 16) & 1);
    });
    // Pairs of 60,000 tokens are held in a map. 60,000 times 0.001 are added to some 9,000 pairs: ln 2 + ln(9060 / 9000).
    const wide = coin.map((token) => token + 59_990);
    expect(bigramLoss(wide.subarray(0, 18_000), wide.subarray(18_000), 60_000)).toBeCloseTo(0.7, 2);
    expect(bigramLoss(coin.subarray(0, 18_000), coin.subarray(18_000), 4)).toBeCloseTo(Math.LN2, 2);
  });
});

describe("readMail", () => {
  test("decodes subject and body, and drops other headers", () => {
    const mail = [
      "X-Spam: yes",
      "Subject: =?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?B?4oKs?=",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "preamble",
      "--b",
      "Content-Type: text/plain; charset=iso-8859-1",
      "Content-Transfer-Encoding: quoted-printable",
      "",
      "caf=E9 =",
      "au lait",
      "--b",
      "Content-Type: text/html",
      "Content-Transfer-Encoding: base64",
      "",
      Buffer.from("<p>Hello <b>w</b>orld<!-- hidden --></p><style>x{}</style>").toString("base64"),
      "--b",
      "Content-Type: image/png",
      "",
      "binary",
      "--b--",
    ].join("\n");
    const { subject, body } = readMail(mail);
    expect(subject).toBe("Grüße€");
    expect(body.replaceAll(/\s+/g, " ").trim()).toBe("café au lait Hello world");
  });
  test("is followed by withoutListMarks, which drops what lists and their filters add", () => {
    const body = `text\n--DeathToSpamDeathToSpam--\n\nmore\n${"_".repeat(40)}\nSome mailing list\n`;
    expect(withoutListMarks({ subject: "Re: [ILUG] it", body })).toBe("Re:   it\ntext\n\n\nmore\n");
  });
  test("returns what is readable of a damaged mail, and never fails", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        for (const source of [
          text,
          `Content-Type: multipart/x; boundary=b\n\n--b\n${text}\n--b\n`,
          `Content-Transfer-Encoding: base64\nContent-Type: text/plain\n\n${text}`,
        ]) {
          expect(typeof readMail(source).body).toBe("string");
        }
      }),
    );
    expect(readableHtml("<script>never ends")).toBe(" ");
  });
});
