// What this browser keeps of an answer until the site has it: in two places, because the one is there at once
// and the other outlives a browser that is killed. Of an answer that the site has, nothing is kept. Every page
// keeps under a name of its own, so that two windows without a connection do not write over each other.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const TABLE = "answers";
  const { assignment, rater } = document.querySelector("[data-assignment]").dataset;
  const OLD = 24 * 3600 * 1000; // Milliseconds after which what is kept for another pair is done with.
  const MONTHS = 60 * OLD; // The same for another rater, who may be in another study of the same person.
  judging.page = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const stem = `answer:${assignment}`;
  const name = `${stem}:${judging.page}`;
  const ofThis = (one) => one === stem || one.startsWith(`${stem}:`);
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

  function names() {
    return local((store) => Object.keys(store).filter((one) => one.startsWith("answer:"))) ?? [];
  }
  async function stored(one) {
    const found = [local((store) => JSON.parse(store.getItem(one))), await table("readonly", (store) => store.get(one))];
    return found.filter((kept) => kept?.fields).sort((kept, other) => (other.at ?? 0) - (kept.at ?? 0))[0] ?? null;
  }
  async function all() {
    const found = new Set([...names(), ...((await table("readonly", (store) => store.getAllKeys())) ?? [])]);
    return Promise.all([...found].map(async (one) => [one, await stored(one)]));
  }
  function remove(one) {
    local((store) => store.removeItem(one));
    table("readwrite", (store) => store.delete(one));
  }
  let taken = [];

  judging.keep = {
    // Whether what was put last is kept at all.
    get works() { return works.local || works.base; },
    put(value) {
      const kept = { ...value, rater, at: Date.now() };
      local((store) => store.setItem(name, JSON.stringify(kept)));
      table("readwrite", (store) => store.put(kept, name));
    },
    // What other pages left of this answer, the newest first; and what nobody will ask for any more goes.
    async take() {
      const now = Date.now();
      const found = (await all()).filter(([one]) => one !== name);
      // The page after a changed answer was saved.
      const changed = new URLSearchParams(location.search).has("changed");
      for (const [one, kept] of found) {
        const age = now - (kept?.at ?? 0);
        if (changed && kept?.change) remove(one);
        else if (!ofThis(one) && age > ((kept?.rater ?? rater) === rater ? OLD : MONTHS)) remove(one);
      }
      taken = found.filter(([one, kept]) => ofThis(one) && kept);
      return taken.map(([, kept]) => kept).sort((one, other) => (other.at ?? 0) - (one.at ?? 0));
    },
    // The site has it: what this page put, and what it took, unless another page has put more since.
    drop() {
      remove(name);
      for (const [one, kept] of taken) stored(one).then((now) => { if (!now || now.at === kept.at) remove(one); });
      taken = [];
    },
  };
})();
