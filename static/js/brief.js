// Makes writing a brief quicker: counts as one types, rows without a new page, a suggested short name.
// Without this file the server does all of it.
"use strict";
(() => {
  const form = document.querySelector("form[data-brief]");
  if (!form) return;
  const field = (name) => form.elements.namedItem(name);
  const series = form.querySelector("[data-series]");
  const fresh = form.querySelector("[data-new-series]");
  const rows = form.querySelector("[data-rows]");
  const chosen = () => series.selectedOptions[0];
  const language = () => chosen().dataset.language || field("series_language").value || "en";

  // Counts: words of English, characters of Chinese without blanks.
  const length = (text, code) =>
    code === "en" ? text.split(/\s+/).filter(Boolean).length : Array.from(text.replace(/\s+/g, "")).length;
  function count() {
    const code = language();
    form.querySelectorAll("[data-unit]").forEach((unit) => {
      unit.hidden = unit.dataset.unit !== code;
    });
    form.querySelectorAll("[data-count]").forEach((place) => {
      const text = document.getElementById(place.dataset.count);
      if (!text) return;
      const now = length(text.value, code);
      place.querySelector("[data-n]").textContent = now;
      place.querySelector("[data-guide]").textContent = place.dataset[code];
      place.classList.toggle("error", now > Number(place.dataset[code]));
    });
  }

  // The short name follows series and place until somebody types one.
  const slug = field("slug");
  const spelled = (text) =>
    text.normalize("NFKD").toLowerCase().replace(/['’]/g, "").replace(/[^a-z0-9\s_-]/g, "").trim()
      .replace(/[\s_-]+/g, "-").replace(/^-+|-+$/g, "");
  function suggest() {
    fresh.hidden = Boolean(series.value);
    const titled = spelled(field("series_title").value);
    const place = chosen().dataset.next || 1;
    field("series_slug").placeholder = titled;
    field("order").placeholder = place;
    if (form.dataset.slug === "stands") return;
    const base = series.value || field("series_slug").value || titled;
    slug.placeholder = base ? `${base}-${field("order").value || place}` : "";
  }

  // Rows of characters.
  const all = () => Array.from(rows.querySelectorAll("[data-row]"));
  function add() {
    const last = all().at(-1);
    const row = last.cloneNode(true);
    const number = Math.max(...all().map((each) => Number(each.querySelector("[data-remove]").value))) + 1;
    row.querySelectorAll(".error:not([data-count])").forEach((each) => each.remove());
    for (const name of ["name", "profile"]) {
      const input = row.querySelector(`input[name^="${name}-"], textarea[name^="${name}-"]`);
      row.querySelector(`label[for="${input.id}"]`).htmlFor = `${name}-${number}`;
      input.id = input.name = `${name}-${number}`;
      input.value = "";
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
    row.querySelector("[data-count]").dataset.count = `profile-${number}`;
    row.querySelector("[data-remove]").value = number;
    row.querySelector("[data-remove] .visually-hidden").textContent = "";
    last.after(row);
    row.querySelector("input").focus();
    count();
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-add") && all().length) {
      event.preventDefault();
      add();
    }
    // The last row stays: the server makes another one of it.
    if (button.hasAttribute("data-remove") && all().length > 1) {
      event.preventDefault();
      const row = button.closest("[data-row]");
      const next = row.nextElementSibling?.querySelector("input, button");
      row.remove();
      next?.focus();
    }
  });

  form.addEventListener("input", () => {
    suggest();
    count();
  });
  suggest();
  count();
})();
