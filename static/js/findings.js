// Going through findings by keyboard: j and k move, a goes to the reason of the one at hand, r asks to reject.
// Without this file the page is read and its forms are sent as usual.
"use strict";
(() => {
  const cards = [...document.querySelectorAll("[data-finding-card]")];
  const isOpen = (card) => !card.classList.contains("is-settled");
  let at = -1;

  function marks(card) {
    const code = card.dataset.findingCard;
    return document.querySelectorAll(`mark[data-finding~="${code}"]`);
  }

  // Within the script's own frame: the page around it stays where it is.
  function show(mark) {
    const frame = mark?.closest(".desk-text");
    if (!frame) return;
    const below = mark.getBoundingClientRect().top - frame.getBoundingClientRect().top;
    frame.scrollTop += below - frame.clientHeight / 3;
  }

  function go(index, { focus = true } = {}) {
    document.querySelectorAll(".is-current").forEach((each) => each.classList.remove("is-current"));
    at = index;
    const card = cards[at];
    card.classList.add("is-current");
    const places = marks(card);
    places.forEach((mark) => mark.classList.add("is-current"));
    show(places[0]);
    if (focus) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "nearest" });
    }
  }

  function follow(name) {
    const link = document.querySelector(`[${name}]`);
    if (link) window.location.assign(link.href);
  }

  function move(step) {
    const next = at + step;
    if (next >= 0 && next < cards.length) go(next);
    else follow(step > 0 ? "data-next-text" : "data-before");
  }

  function accept() {
    const card = at >= 0 && isOpen(cards[at]) ? cards[at] : cards.find(isOpen);
    if (!card) return;
    go(cards.indexOf(card), { focus: false });
    card.querySelector('[name="reason"]').focus();
  }

  const writes = (target) => target.matches("input, textarea, select, [contenteditable]");
  const does = { j: () => move(1), k: () => move(-1), a: accept, r: () => follow("data-reject") };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && writes(event.target)) {
      event.target.closest("[data-finding-card]")?.focus();
      return;
    }
    if (writes(event.target) || !does[event.key]) return;
    event.preventDefault();
    does[event.key]();
  });

  // A press on a marked place goes to what is said of it.
  document.addEventListener("click", (event) => {
    const codes = event.target.closest("mark[data-finding]")?.dataset.finding.split(" ");
    const index = codes ? cards.findIndex((card) => codes.includes(card.dataset.findingCard)) : -1;
    if (index >= 0) go(index);
  });

  const named = cards.findIndex((card) => `#${card.id}` === window.location.hash);
  const first = named >= 0 ? named : cards.findIndex(isOpen);
  if (first >= 0) go(first, { focus: window.location.hash !== "" });
})();
