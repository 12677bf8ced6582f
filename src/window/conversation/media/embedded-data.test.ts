import { describe, expect, test } from "vitest";
import { readEmbeddedData } from "./embedded-data.ts";
import { readPdfPages } from "./pdf-pages.ts";

/** Makes a WAV header: 16-bit samples of one channel. */
function wav(seconds: number, rate: number, statedBytes?: number): string {
  const data = Buffer.alloc(seconds * rate * 2);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt32LE(rate * 2, 28);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(statedBytes ?? data.length, 40);
  return Buffer.concat([head, data]).toString("base64");
}

function encode(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}

describe("readEmbeddedData", () => {
  test("reads the length of a WAV file, also of a stream that left it open", () => {
    const three = { kind: "file", file: { kind: "audio", pages: undefined, seconds: 3 } };
    expect(readEmbeddedData(wav(3, 8_000))).toEqual(three);
    const open = readEmbeddedData(`data:audio/wav;base64,${wav(3, 8_000, 0xffff_ffff)}`);
    expect(open).toMatchObject({ file: { kind: "audio" } });
    expect(open?.kind === "file" ? open.file.seconds : 0).toBeCloseTo(3, 3);
  });
  test("estimates the length of compressed sound by its size", () => {
    const mp3 = Buffer.concat([Buffer.from("ID3"), Buffer.alloc(32_000)]).toString("base64");
    const facts = readEmbeddedData(mp3);
    expect(facts?.kind === "file" ? facts.file.seconds : 0).toBeCloseTo(2, 2);
  });
  test("leaves text, ids, hashes and other base64 alone", () => {
    for (const text of ["x".repeat(500), "a1b2".repeat(16), encode("no file at all ".repeat(20)), "data:"])
      expect(readEmbeddedData(text)).toBeUndefined();
  });
});

describe("readPdfPages", () => {
  test("counts page objects, and takes the page tree's count where objects are compressed", () => {
    expect(readPdfPages(encode("%PDF-1.4 1 0 obj<</Type /Page>> 2 0 obj<</Type/Page /X 1>>"))).toBe(2);
    expect(readPdfPages(encode("%PDF-1.5 <</Type /Pages /Kids [] /Count 12>>"))).toBe(12);
    expect(
      readPdfPages(encode("%PDF-1.5 <</Type/Pages/Count 2>> <</Type/Pages/Count 7>> /Count 999999")),
    ).toBe(1);
  });
  test("estimates a file whose objects are all compressed, and reads damaged files", () => {
    expect(readPdfPages(encode(`%PDF-1.5 ${"z".repeat(119_000)}`))).toBe(3);
    expect(readPdfPages("")).toBe(1);
    expect(readPdfPages(encode("%PDF"))).toBe(1);
  });
});
