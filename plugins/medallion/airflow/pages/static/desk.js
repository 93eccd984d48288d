// The theme of Airflow's page around this one, and links to Airflow's own pages.
"use strict";

(() => {
  const root = document.documentElement;
  const outer = (() => {
    try {
      return window.parent !== window && window.parent.document ? window.parent.document : null;
    } catch {
      return null;
    }
  })();
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    const isDark = outer ? outer.documentElement.classList.contains("dark") : prefersDark.matches;
    root.classList.toggle("dark", isDark);
    root.classList.toggle("framed", outer !== null);
  }

  follow();
  if (outer) {
    new MutationObserver(follow).observe(outer.documentElement, { attributeFilter: ["class"] });
  } else {
    prefersDark.addEventListener("change", follow);
  }

  // A frame may not navigate the page around it; that page may navigate itself.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-airflow]");
    if (!link || !outer || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const twin = outer.createElement("a");
    twin.href = link.href;
    twin.click();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
    const all = event.target.closest("input[data-all]");
    if (all) {
      for (const box of document.querySelectorAll(`input[name="${all.dataset.all}"]`)) {
        box.checked = all.checked;
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea, select")) return;
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  });
})();
