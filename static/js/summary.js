// One line beside the submit button that says what is about to be submitted.
"use strict";
(() => {
  const { judging } = globalThis;
  const line = document.querySelector("[data-summary]");
  if (!judging || !line) return;
  const { form } = judging;
  const say = (name, values) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), line.dataset[name]);
  const KINDS = { left: "textLeft", right: "textRight", tie: "textTie", neither: "textNeither" };

  function ofQuestion(question) {
    const chosen = question.querySelector('[name^="choice-"]:checked');
    let answer = chosen ? line.dataset[KINDS[chosen.value]] : line.dataset.textOpen;
    const strength = chosen && form.querySelector(`[name="${chosen.name.replace("choice-", "strength-")}"]:checked`);
    if (strength) {
      const label = strength.parentElement.querySelector("[data-strength]").textContent;
      answer = say("textStrength", { answer, strength: label });
    }
    return say("textAnswer", { question: question.dataset.question, answer });
  }
  function scores() {
    const blocks = [...form.querySelectorAll('[id^="field-score-"]')];
    if (!blocks.length) return [];
    const given = blocks.map((block) => block.querySelector("input:checked")?.value ?? "–");
    return [say("textScore", { scores: given.join("/") })];
  }
  function marks() {
    const n = [...form.querySelectorAll('select[name^="mark-"][name$="-class"]')].filter((one) => one.value).length;
    if (!n) return [];
    return [n === 1 ? line.dataset.textMark : say("textMarks", { n })];
  }
  function write() {
    const parts = [...[...form.querySelectorAll(".question[data-question]")].map(ofQuestion), ...scores(), ...marks()];
    const text = parts.join(" · ");
    if (line.textContent !== text) line.textContent = text;
  }
  form.addEventListener("change", write);
  form.addEventListener("answer:applied", write);
  window.addEventListener("pageshow", write);
  write();
})();
