import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "../store.contract.ts";
import { openSqliteStore } from "../open-sqlite-store.ts";

storeContract("sqlite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loadline-"));
  const path = join(folder, "store.db");
  return {
    store: await openSqliteStore({ path }),
    reopen: () => openSqliteStore({ path }),
    remove: () => rm(folder, { recursive: true }),
  };
});
