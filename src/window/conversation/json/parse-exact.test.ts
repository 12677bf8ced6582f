import { expect, test } from "vitest";
import { parseExact } from "./parse-exact.ts";

test("keeps numbers that a double cannot hold as their text", () => {
  expect(parseExact('{"a":9223372036854775807,"b":[1e400,-1e400],"c":12345678901234567890}')).toEqual({
    a: "9223372036854775807",
    b: ["1e400", "-1e400"],
    c: "12345678901234567890",
  });
});

test("keeps all other numbers and texts", () => {
  const json = '{"a":9007199254740991,"b":1.5,"c":1e21,"d":"9223372036854775807","e":1234567890123456}';
  expect(parseExact(json)).toEqual(JSON.parse(json));
});
