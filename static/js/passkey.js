// Tells when the browser did not confirm a passkey, instead of an error in the console alone.
"use strict";
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-failed").hidden = false;
});
