// Turns the passkey button on once the browser's part is ready, and shows an error when a passkey was not confirmed.
"use strict";
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-failed").hidden = false;
});
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("#add-passkey, #use-passkey")) button.disabled = false;
});
