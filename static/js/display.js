// Theme and size of type without leaving the page. Without this file the same buttons post a form.
"use strict";
(() => {
  const root = document.documentElement;

  function keep(name, value) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }

  // Also in a copy of the form that comes later (sheets.js).
  document.addEventListener("click", (event) => {
    const button = event.target.closest("form[data-display] button");
    if (!button) return;
    event.preventDefault();
    const { name, value } = button;
    keep(name, value);
    root.dataset[name] = value;
    document.querySelectorAll(`form[data-display] button[name="${name}"]`).forEach((other) => {
      other.setAttribute("aria-pressed", String(other.value === value));
    });
  });

  // Where nothing is left to judge or the rater has left, nothing of an answer stays in this browser. What the
  // same person has not sent yet in another study stays.
  const forget = document.querySelector("[data-forget]")?.dataset.forget;
  if (forget !== undefined) {
    const theirs = (kept) => !forget || !kept?.rater || kept.rater === forget;
    try {
      sessionStorage.removeItem("places");
      for (const name of Object.keys(localStorage).filter((one) => one.startsWith("answer:"))) {
        if (theirs(JSON.parse(localStorage.getItem(name)))) localStorage.removeItem(name);
      }
      const asked = indexedDB.open("answers", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("answers");
      asked.onsuccess = () => {
        const cursor = asked.result.transaction("answers", "readwrite").objectStore("answers").openCursor();
        cursor.onsuccess = () => {
          const row = cursor.result;
          if (!row) return asked.result.close();
          if (theirs(row.value)) row.delete();
          return row.continue();
        };
      };
    } catch { /* forbidden, so nothing was kept */ }
  }

  // A menu closes by Escape and by a click elsewhere, as people expect of one.
  document.querySelectorAll("details[data-menu]").forEach((menu) => {
    document.addEventListener("click", (event) => {
      if (menu.open && !menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
        event.stopPropagation();
      }
    });
  });
})();
