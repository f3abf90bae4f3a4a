// Every change of a choice, strength, score or box, one by one and with its time, until the site has heard of it.
// A change is [page, number, field, value, time]: by the code of the page and the number on it the site knows
// one that it is told of twice.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const RECORDED = /^(choice|strength|score|knew)-/;
  // As many as the site takes; what comes after is noted there as the last of them all.
  const MOST = Number(judging.form.dataset.mostChanges);
  const { page } = judging;
  let number = 0;
  let queue = [];
  let known = {};

  function recorded(fields) {
    return Object.fromEntries(Object.entries(fields).filter(([name]) => RECORDED.test(name)));
  }
  function name(change) {
    return `${change[0]} ${change[1]}`;
  }
  function right(change) {
    return Array.isArray(change) && change.length === 5 && typeof change[2] === "string" && Number.isFinite(change[4]);
  }

  judging.changes = {
    get waiting() { return queue; },
    // The answer as it stands is what the next change will be measured by.
    start(fields) { known = recorded(fields); },
    note(fields) {
      const now = recorded(fields);
      for (const field of new Set([...Object.keys(known), ...Object.keys(now)])) {
        if ((known[field] ?? "") === (now[field] ?? "") || queue.length >= MOST) continue;
        number += 1;
        queue.push([page, number, field, now[field] ?? "", Date.now()]);
      }
      known = now;
    },
    // What another page left behind in this browser, told under its own code: it was made before.
    adopt(kept) {
      const there = new Set(queue.map(name));
      if (Array.isArray(kept)) queue = [...kept.filter((one) => right(one) && !there.has(name(one))), ...queue];
    },
    sending() {
      return queue.length ? { now: Date.now(), rows: [...queue] } : undefined;
    },
    heard(sent) {
      const done = new Set((sent?.rows ?? []).map(name));
      queue = queue.filter((one) => !done.has(name(one)));
    },
  };
})();
