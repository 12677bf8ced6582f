import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Where data sets are kept: `$LOADLINE_CACHE`, else the platform's folder for caches (`$XDG_CACHE_HOME`, which counts only where it
 * is an absolute path; `%LOCALAPPDATA%` on Windows; `~/.cache`) with `loadline` below it.
 */
export function defaultCacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const own = environment["LOADLINE_CACHE"] ?? "";
  if (own !== "") return own;
  const candidates = [
    environment["XDG_CACHE_HOME"],
    platform === "win32" ? environment["LOCALAPPDATA"] : undefined,
  ];
  const base = candidates.find((folder) => folder !== undefined && isAbsolute(folder));
  return join(base ?? join(homedir(), ".cache"), "loadline");
}
