import { afterEach, beforeEach, describe } from "vitest";
import { answerContract } from "./contract/answers.contract.ts";
import { entryContract } from "./contract/entries.contract.ts";
import { forkContract } from "./contract/forks.contract.ts";
import type { Given, OpenedStore } from "./contract/given.contract.ts";
import { closeContract, eventContract } from "./contract/life.contract.ts";
import { threadContract } from "./contract/threads.contract.ts";
import { searchContract } from "./contract/search.contract.ts";
import type { Store } from "./store.ts";

/** Tests what every store must do. `open` creates a new, empty store. */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} fulfills the contract of a store`, () => {
    let opened: OpenedStore;
    let store: Store;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(async () => {
      await store.close();
      await opened.remove();
    });

    const give: Given = {
      store: () => store,
      opened: () => opened,
      use: (next: Store) => void (store = next),
    };
    threadContract(give);
    entryContract(give);
    forkContract(give);
    eventContract(give);
    answerContract(give);
    searchContract(give);
    closeContract(give);
  });
}
