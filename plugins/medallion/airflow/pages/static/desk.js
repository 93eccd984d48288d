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
    twin.href = new URL(link.getAttribute("href"), document.baseURI).href;  // `href` of SVG is an object
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

  // A form that needs something selected says so at the first box.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("form[data-needs] button");
    if (!button) return;
    const { needs, needsWords } = button.form.dataset;
    const boxes = [...button.form.querySelectorAll(`input[name="${needs}"]`)];
    boxes[0]?.setCustomValidity(boxes.some((box) => box.checked) ? "" : needsWords);
  });

  // What is running is loaded again every few seconds, in place, but not while somebody uses it.
  async function refresh(shown) {
    if (!document.hidden && !shown.querySelector("details[open], :focus")) {
      let isFresh = false;
      try {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = answer.ok && fresh.getElementById(shown.id);
        if (next) {
          isFresh = true;
          shown.replaceChildren(...next.childNodes);
          warn(shown, false);
          say(shown.querySelector("[data-say]"));
          if (!next.dataset.refresh) return;
        }
      } catch {
        // The server is away for a moment: the next try finds it.
      }
      if (!isFresh) warn(shown, true);
    }
    setTimeout(() => refresh(shown), 1000 * shown.dataset.refresh);
  }

  // The end of a login, or an error, leaves what is shown as it was; a line says so, and since when.
  const loaded = new Date();

  function warn(shown, isStale) {
    const live = document.querySelector("[data-live]");
    if (!live) return;
    if (!isStale) {
      shown.dataset.loadedAt = new Date().toISOString();
      live.classList.add("visually-hidden");
      live.classList.remove("notice", "stale");
      return;
    }
    const since = new Date(shown.dataset.loadedAt || loaded);
    const time = since.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const said = `Not refreshed since ${time}: load the page again.`;
    if (live.textContent !== said) live.textContent = said;
    live.classList.remove("visually-hidden");
    live.classList.add("notice", "stale");
  }

  // Screen readers say what changes in an element that stays.
  function say(text) {
    const live = document.querySelector("[data-live]");
    if (live && text && live.textContent !== text.textContent) live.textContent = text.textContent;
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const shown of document.querySelectorAll("[data-refresh]")) {
      setTimeout(() => refresh(shown), 1000 * shown.dataset.refresh);
    }
  });

  // A strip is one stop of the Tab key; arrows, Home and End move along it.
  function walk(strip) {
    const parts = [...strip.querySelectorAll("a")];
    const stop = (at) => parts.forEach((part, n) => part.setAttribute("tabindex", n === at ? "0" : "-1"));
    stop(parts.length - 1);
    strip.addEventListener("focusin", (event) => stop(parts.indexOf(event.target.closest("a"))));
    strip.addEventListener("keydown", (event) => {
      const at = parts.indexOf(document.activeElement);
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: parts.length - 1 }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      parts[Math.min(Math.max(to, 0), parts.length - 1)].focus();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const strip of document.querySelectorAll("[data-strip]")) walk(strip);
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
