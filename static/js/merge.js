// Two pages that were built on the same answer and have both gone on: what becomes of it.
// What only one of them changed is taken from that one. Where both changed one question, the newer page's
// choice stands and the other's is named; of words nothing is lost, both stand one below the other.
"use strict";
(() => {
  const { judging } = globalThis;
  if (!judging) return;
  const WORDS = new Set(["reason", "note"]);
  const MARK = /^mark-(left|right)-(\d+)-(class|severity|note|start|end)$/;
  const MOST = Number(judging.form.dataset.mostMarks);

  // Fields that answer one question together.
  function unit(name) {
    const mark = MARK.exec(name);
    if (mark) return `mark-${mark[1]}-${mark[2]}`;
    return name.replace(/^(choice|strength)-/, "criterion-");
  }
  function units(...answers) {
    const found = {};
    for (const name of answers.flatMap((answer) => Object.keys(answer))) (found[unit(name)] ??= new Set()).add(name);
    return found;
  }
  function same(one, other, names) {
    return [...names].every((name) => (one[name] ?? "") === (other[name] ?? ""));
  }
  function copy(to, from, names) {
    for (const name of names) {
      if (from[name]) to[name] = from[name];
      else delete to[name];
    }
  }
  function joined(theirs, mine) {
    if (!theirs || mine.includes(theirs)) return mine;
    return theirs.includes(mine) ? theirs : `${theirs}\n\n${mine}`;
  }

  // A mark that both pages wrote into one row goes to a free one, unless it says the same place and kind.
  function keepMark(to, mine, name) {
    const side = name.split("-")[1];
    const parts = ["class", "severity", "note", "start", "end"];
    if (!parts.some((part) => mine[`${name}-${part}`])) return;
    const twin = ["class", "start", "end"].every((part) => (to[`${name}-${part}`] ?? "") === (mine[`${name}-${part}`] ?? ""));
    if (twin) {
      to[`${name}-note`] = joined(to[`${name}-note`] ?? "", mine[`${name}-note`] ?? "");
      if (!to[`${name}-severity`] && mine[`${name}-severity`]) to[`${name}-severity`] = mine[`${name}-severity`];
      return;
    }
    for (let number = 1; number <= MOST; number += 1) {
      const row = `mark-${side}-${number}`;
      if (parts.some((part) => to[`${row}-${part}`] || mine[`${row}-${part}`])) continue;
      for (const part of parts) if (mine[`${name}-${part}`]) to[`${row}-${part}`] = mine[`${name}-${part}`];
      return;
    }
    // No row is free: what it said goes to the rater's own notes.
    const said = [mine[`${name}-class`], mine[`${name}-note`]].filter(Boolean).join(": ");
    if (said) to.note = joined(to.note ?? "", said);
  }

  // {fields, clash: a choice of mine gave way, words: words of both stand together}
  function merged(base, mine, theirs) {
    const fields = { ...theirs };
    let clash = false;
    let words = false;
    for (const [name, names] of Object.entries(units(base, mine, theirs))) {
      if (same(base, mine, names) || same(mine, theirs, names)) continue;
      if (same(base, theirs, names)) copy(fields, mine, names);
      else if (WORDS.has(name)) {
        fields[name] = joined(theirs[name] ?? "", mine[name] ?? "");
        words ||= fields[name] !== theirs[name];
      } else if (name.startsWith("mark-")) {
        keepMark(fields, mine, name);
        words = true;
      } else clash = true;
    }
    return { fields, clash, words };
  }

  globalThis.mergedAnswers = merged;
})();
