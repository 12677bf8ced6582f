import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readPeerResult } from "./peer-result.ts";
import { runPeer } from "./run-peer.ts";

const folder = mkdtempSync(join(tmpdir(), "loadline-peers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const figures = {
  peer: "pytorch",
  version: "2.15.0",
  task: "mnist",
  batch: 32,
  threads: 2,
  way: "eager fused",
  epochSeconds: [0.8, 0.7],
  stepsAnEpoch: 1875,
  testLoss: 0.1,
  testAccuracy: 0.97,
  peakBytes: 1_867_200,
} as const;

/** Writes a program that is run in place of Python, with the peer's file and arguments. */
function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("runPeer returns the figures of the last line, and passes the peer's file and arguments on", async () => {
  const python = program(
    "figures",
    `echo "$*" >&2; echo chatter; cat <<END\n${JSON.stringify(figures)}\nEND`,
  );
  expect(await runPeer("pytorch", ["mnist", "--batch", "32"], { python, timeoutMs: 20_000 })).toEqual(
    figures,
  );
  const refused = program("refused", `echo "got $1 $2 $3 $4" >&2; exit 3`);
  expect(await runPeer("keras", ["mnist", "--batch", "32"], { python: refused, timeoutMs: 20_000 })).toEqual({
    peer: "keras",
    notMeasured: expect.stringMatching(/^keras ended with 3: got .*keras_tensorflow\.py mnist --batch 32$/),
  });
});

test("runPeer says what to set if there is no such Python", async () => {
  const python = join(folder, "none");
  expect(await runPeer("keras", ["mnist"], { python, timeoutMs: 20_000 })).toEqual({
    peer: "keras",
    notMeasured: `no Python at ${python}: set LOADLINE_PEERS_PYTHON (bench/peers/README.md)`,
  });
});

test("runPeer stops a peer that does not end", async () => {
  const python = program("endless", "exec sleep 60");
  expect(await runPeer("pytorch", [], { python, timeoutMs: 100 })).toEqual({
    peer: "pytorch",
    notMeasured: "pytorch was stopped after 0.1 s",
  });
});

test("TensorFlow.js refuses an unknown task, or says that it is not installed", async () => {
  const result = await runPeer("tensorflow-js", ["mnis"], { timeoutMs: 50_000 });
  expect(result).toEqual({
    peer: "tensorflow-js",
    notMeasured: expect.stringMatching(
      /^(?:no TensorFlow\.js: npm run bench:install|tensorflow-js ended with 2: task: got "mnis", allowed: mnist, transformer)$/,
    ),
  });
});

test("runPeer refuses options that nobody reads", async () => {
  const options = { timeoutMs: 1000, pyhton: "python3" };
  await expect(runPeer("keras", [], options)).rejects.toThrow(/unknown field "pyhton"/);
  await expect(runPeer("keras", [], { timeoutMs: Number.NaN })).rejects.toThrow(/timeoutMs: got NaN/);
});

test("readPeerResult ignores everything before the last line", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.nat(3), (noise, blank) => {
      const output = [...noise, JSON.stringify(figures), ...Array.from({ length: blank }, () => "")].join(
        "\n",
      );
      expect(readPeerResult("pytorch", output)).toEqual(figures);
    }),
  );
});

test("readPeerResult passes on which library is missing", () => {
  const missing = { peer: "pytorch", notMeasured: "no PyTorch: No module named 'torch'" } as const;
  expect(readPeerResult("pytorch", `${JSON.stringify(missing)}\n`)).toEqual(missing);
});

test.each([
  ["", "printed no result on its last line"],
  ["Killed", "printed no result on its last line"],
  [JSON.stringify({ ...figures, epochSeconds: [] }), "printed an invalid result: epochSeconds: "],
  [JSON.stringify({ ...figures, testLoss: null }), "printed an invalid result: testLoss: "],
])("%j is not a result", (output, why) => {
  const result = readPeerResult("pytorch", output);
  expect("notMeasured" in result && result.notMeasured).toContain(`pytorch ${why}`);
});
