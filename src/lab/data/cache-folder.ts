import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Returns the folder for cached data sets: `$LOADLINE_CACHE`, or else `loadline` in the platform's cache folder: `$XDG_CACHE_HOME` if
 * it is an absolute path, `%LOCALAPPDATA%` on Windows, or `~/.cache`.
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
