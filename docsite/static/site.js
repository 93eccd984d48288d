// What Furo does not know: Airflow's frame around the pages, and the language that was read last.
"use strict";

(() => {
  const root = document.documentElement;
  try { localStorage.setItem("docs-language", root.lang); } catch { /* a browser that keeps nothing */ }

  const outer = (() => {
    try {
      return window.parent !== window && window.parent.document ? window.parent.document : null;
    } catch {
      return null;
    }
  })();
  if (!outer) return;
  const follow = () => {
    document.body.dataset.theme = outer.documentElement.classList.contains("dark") ? "dark" : "light";
  };
  root.classList.add("framed");
  follow();
  new MutationObserver(follow).observe(outer.documentElement, { attributeFilter: ["class"] });

  // A page of elsewhere does not show within a frame, and a frame may open no window; the page around can.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="http"]');
    if (!link) return;
    event.preventDefault();
    const twin = outer.createElement("a");
    twin.href = link.href;
    twin.target = "_blank";
    twin.rel = "noopener";
    twin.click();
  });
})();
