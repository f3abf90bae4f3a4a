// Simulates in parts until all studies are drawn, showing what is known so far. Without this file the button
// draws some studies each time it is pressed.
"use strict";
(() => {
  const form = document.querySelector("[data-planner]");
  if (!form) return;
  const [go, stop, failed] = ["button:not([data-stop])", "[data-stop]", "[data-failed]"].map((s) => form.querySelector(s));
  const progress = form.querySelector("progress");
  const chart = document.querySelector("#chart");
  let wanted = false;

  async function part() {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const found = await answer.json();
    // The server's own page part, escaped there.
    document.querySelector("#planned").innerHTML = found.html;
    form.elements.token.value = found.token;
    form.querySelector("[data-done]").textContent = found.done;
    progress.value = found.done;
    return found.done < found.of;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (wanted) return;
    wanted = true;
    go.hidden = failed.hidden = true;
    stop.hidden = false;
    let more = true;
    try {
      while (wanted && more) more = await part();
    } catch {
      failed.hidden = false;
    }
    wanted = false;
    stop.hidden = true;
    go.hidden = !more;
    chart.src = `${form.dataset.chart}&token=${encodeURIComponent(form.elements.token.value)}`;
  });
  stop.addEventListener("click", () => {
    wanted = false;
  });
})();
