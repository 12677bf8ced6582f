import { isJsonObject } from "../../../shared/json/json-object.ts";
import { textOf } from "../envelope.ts";
import type { FileAccess } from "./file-access.ts";

/** A project's folder is named in a small file. */
const maxBytes = 1024 * 1024;

async function readText(access: FileAccess, path: string): Promise<string> {
  return new TextDecoder().decode(await access.read(path, 0, maxBytes));
}

/** Reads the project of a session of Cline's command line, which `ID.json` states next to `ID.messages.json`. */
async function readClineProject(path: string, access: FileAccess): Promise<string | undefined> {
  const facts: unknown = JSON.parse(await readText(access, path.replace(/\.messages\.json$/u, ".json")));
  return isJsonObject(facts) ? (textOf(facts, "workspace_root") ?? textOf(facts, "cwd")) : undefined;
}

/** Reads the project of a chat of Gemini CLI, which `.project_root` states in the folder above `chats`. */
async function readGeminiProject(path: string, access: FileAccess): Promise<string | undefined> {
  const above = path.replace(/[\\/]chats[\\/][^\\/]+$/u, "");
  if (above === path) return undefined;
  const root = (await readText(access, access.join(above, ".project_root"))).trim();
  return root === "" ? undefined : root;
}

/** Returns the project's folder of a session whose own file does not state it; undefined if no file next to it does. */
export async function findProject(
  session: { readonly agent: string | undefined; readonly path: string },
  access: FileAccess,
): Promise<string | undefined> {
  const { agent, path } = session;
  if (agent === "cline" && path.endsWith(".messages.json"))
    return await readClineProject(path, access).catch(() => undefined);
  return agent === "gemini-cli" ? await readGeminiProject(path, access).catch(() => undefined) : undefined;
}
