import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  requireInteger,
  requireKnownFields,
  requireOneOf,
  requireText,
} from "../../../src/shared/options.ts";
import { readPeerResult } from "./peer-result.ts";
import type { NotMeasured, Peer, PeerResult } from "./peer-result.ts";

/** How to run a peer. */
export interface RunPeerOptions {
  /** The Python that has the libraries. Default: LOADLINE_PEERS_PYTHON of the environment, or `python3`. */
  readonly python?: string;
  /** A peer that takes longer is stopped and has no figures. */
  readonly timeoutMs: number;
}

/** Limit of a peer's output: TensorFlow logs a lot, but not this much. */
const maxOutputBytes = 100_000_000;

const programs: Readonly<Record<Peer, string>> = {
  "tensorflow-js": fileURLToPath(new URL("./tensorflow-js.ts", import.meta.url)),
  keras: fileURLToPath(new URL("../../peers/keras_tensorflow.py", import.meta.url)),
  pytorch: fileURLToPath(new URL("../../peers/pytorch.py", import.meta.url)),
};

interface Ended {
  /** Exit code, or the system's code if the program did not start or was stopped, such as `ENOENT`. */
  readonly code: number | string;
  readonly stopped: boolean;
  readonly output: string;
  readonly errors: string;
}

function run(program: string, words: readonly string[], timeoutMs: number): Promise<Ended> {
  // Otherwise Python leaves compiled files in the repository.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const settings = { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: maxOutputBytes, env } as const;
  return new Promise((resolve) => {
    execFile(program, words, settings, (error, output, errors) =>
      resolve({
        code: error?.code ?? (error === null ? 0 : -1),
        stopped: error?.killed === true,
        output,
        errors,
      }),
    );
  });
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1)?.trim().slice(0, 300) ?? "";

/**
 * Runs a peer in a process of its own, with the arguments of its task (`["mnist", "--batch", "32", "--data", folder,
 * "--epochs", "2"]`, `["transformer", "--batch", "16", "--steps", "20"]`). If it cannot run, the result says why.
 * Errors: `invalid-option`.
 */
export async function runPeer(
  peer: Peer,
  args: readonly string[],
  options: RunPeerOptions,
): Promise<PeerResult | NotMeasured> {
  requireOneOf("peer", peer, ["tensorflow-js", "keras", "pytorch"]);
  requireKnownFields("options", options, ["python", "timeoutMs"]);
  const timeoutMs = requireInteger("timeoutMs", options.timeoutMs, 1);
  if (options.python !== undefined) requireText("python", options.python);
  const python = options.python ?? (process.env["LOADLINE_PEERS_PYTHON"] || "python3");
  const runtime = peer === "tensorflow-js" ? process.execPath : python;
  const { code, stopped, output, errors } = await run(runtime, [programs[peer], ...args], timeoutMs);
  const none = (notMeasured: string): NotMeasured => ({ peer, notMeasured });
  if (stopped) return none(`${peer} was stopped after ${timeoutMs / 1000} s`);
  if (code === "ENOENT" || code === "EACCES")
    return none(`no Python at ${runtime}: set LOADLINE_PEERS_PYTHON (bench/peers/README.md)`);
  if (code !== 0) return none(`${peer} ended with ${code}: ${lastLine(errors)}`);
  return readPeerResult(peer, output);
}
