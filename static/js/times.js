// Shows times in the reader's time zone; the time in UTC appears on hover. Without this file all times are in UTC.
"use strict";
(() => {
  const two = (number) => String(number).padStart(2, "0");

  function localize(time) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
    const minute = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
    time.title = `${time.dateTime.replace("T", " ").replace("Z", "")} UTC`;
    time.textContent = { day, minute: `${day} ${minute}`, second: `${day} ${minute}:${two(moment.getSeconds())}` }[time.dataset.show];
    delete time.dataset.show;
  }

  const localizeAll = () => document.querySelectorAll("time[data-show]").forEach(localize);
  localizeAll();
  // Parts of a page that renew themselves bring new times.
  new MutationObserver(localizeAll).observe(document.body, { childList: true, subtree: true });
})();
