import { openMemoryStore } from "./memory-store.ts";
import { storeContract } from "./store.contract.ts";

storeContract("memory", async () => ({
  store: openMemoryStore(),
  reopen: undefined,
  remove: async () => {},
}));
