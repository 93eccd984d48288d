// The language that was read last, or else the browser's; without scripts the page has both links.
"use strict";
(() => {
  let last = null;
  try { last = localStorage.getItem("docs-language"); } catch { /* a browser that keeps nothing */ }
  const wanted = last || navigator.language || "en";
  location.replace(wanted.startsWith("fr") ? "fr/index.html" : "en/index.html");
})();
