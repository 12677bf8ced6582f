/**
 * Writes `docs/pictures/replay.png`: a screenshot of the upper part of the demo's report page in Debian's Chromium. Run the
 * demo first, then `npm run record:picture`.
 */
import { fileURLToPath } from "node:url";
import { launchChromium } from "../test/chromium.ts";

const page = new URL("../loadline-report.html", import.meta.url);
const picture = fileURLToPath(new URL("../docs/pictures/replay.png", import.meta.url));
const browser = await launchChromium();
try {
  const view = await browser.newPage({ viewport: { width: 1080, height: 935 } });
  await view.goto(page.href);
  await view.screenshot({ path: picture });
} finally {
  await browser.close();
}
