// What this browser keeps of an answer until the site has it: in two places, because the one is there at once
// and the other outlives a browser that is killed. Of an answer that the site has, nothing is kept.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const TABLE = "answers";
  const name = `answer:${document.querySelector("[data-assignment]").dataset.assignment}`;
  let works = { local: true, base: true };

  let opened = null;
  function base() {
    opened ??= new Promise((done, refused) => {
      const asked = indexedDB.open(TABLE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE);
      asked.onsuccess = () => {
        // Whoever empties the browser's store need not wait for this page.
        asked.result.onversionchange = () => asked.result.close();
        done(asked.result);
      };
      asked.onerror = () => refused(asked.error);
    });
    return opened;
  }
  async function table(mode, work) {
    try {
      const store = (await base()).transaction(TABLE, mode).objectStore(TABLE);
      const found = await new Promise((done, refused) => {
        const asked = work(store);
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => refused(asked.error);
      });
      works.base = true;
      return found;
    } catch {
      works.base = false; // full or forbidden
      return null;
    }
  }
  function local(work) {
    try {
      const found = work(localStorage);
      works.local = true;
      return found;
    } catch {
      works.local = false;
      return null;
    }
  }

  judging.keep = {
    // Whether what was put last is kept at all.
    get works() { return works.local || works.base; },
    put(value) {
      const kept = { ...value, at: Date.now() };
      local((store) => store.setItem(name, JSON.stringify(kept)));
      table("readwrite", (store) => store.put(kept, name));
    },
    async take() {
      const found = [local((store) => JSON.parse(store.getItem(name))), await table("readonly", (store) => store.get(name))];
      return found.filter((one) => one?.fields).sort((one, other) => (other.at ?? 0) - (one.at ?? 0))[0] ?? null;
    },
    drop() {
      local((store) => store.removeItem(name));
      table("readwrite", (store) => store.delete(name));
    },
    // One assignment is open at a time, so what is kept for any other is done with.
    async dropOthers() {
      local((store) => Object.keys(store).filter((one) => one.startsWith("answer:") && one !== name).forEach((one) => store.removeItem(one)));
      const all = (await table("readonly", (store) => store.getAllKeys())) ?? [];
      for (const one of all) if (one !== name) table("readwrite", (store) => store.delete(one));
    },
  };
})();
