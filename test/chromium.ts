import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

/** The browser of the tests; they are skipped with a line where it is absent. */
export const chromiumPath = "/usr/bin/chromium";

/** True if the browser is installed. */
export const hasChromium: boolean = existsSync(chromiumPath);

/** Starts the browser: headless, without a sandbox (it also runs as root), and without requests of its own. */
export function launchChromium(): Promise<Browser> {
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath: chromiumPath, args });
}
