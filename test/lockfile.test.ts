import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

describe.each([
  "package-lock.json",
  "bench/package-lock.json",
  "src/lab/kernels/assembly/package-lock.json",
  "test/package/types/package-lock.json",
])("%s", (name) => {
  const { packages } = lock.parse(
    JSON.parse(readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), "utf8")),
  );

  test("names no host that packages are fetched from", () => {
    expect(Object.keys(packages).filter((path) => packages[path]?.resolved !== undefined)).toEqual([]);
  });

  // npm leaves them out if the registry lacks the package of a platform; `npm ci` then fails on that platform.
  test("has the optional packages of every platform", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((dependency) => {
        const places = path
          .split("/node_modules/")
          .map((_, index, all) => all.slice(0, index + 1).join("/node_modules/"));
        return !["", ...places].some(
          (place) => `${place === "" ? "" : `${place}/`}node_modules/${dependency}` in packages,
        );
      }),
    );
    expect(missing).toEqual([]);
  });
});
