// Moves the lineage graph: drag, wheel, keys and buttons; finds nodes; lights up what belongs together.
"use strict";

(() => {
  const graph = document.getElementById("graph");
  if (!graph) return;
  const svg = graph.querySelector("svg");
  const world = document.getElementById("world");
  const size = { width: Number(svg.dataset.width), height: Number(svg.dataset.height) };
  const nodes = [...world.querySelectorAll(".node")];
  const edges = [...world.querySelectorAll(".edge")].map((line) => {
    const { before, after } = line.dataset;
    return { line, before: nodes[before], after: nodes[after] };
  });
  const said = new Map(nodes.map((node) => [node, node.textContent.toLowerCase()]));
  const LEAST = 0.04, MOST = 3, LEGIBLE = 0.45;
  let x = 0, y = 0, scale = 1;

  function move() {
    world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  }

  function zoom(factor, atX, atY) {
    const box = graph.getBoundingClientRect();
    const [px, py] = atX === undefined ? [box.width / 2, box.height / 2] : [atX - box.left, atY - box.top];
    const next = Math.min(MOST, Math.max(LEAST, scale * factor));
    x = px - ((px - x) * next) / scale;
    y = py - ((py - y) * next) / scale;
    scale = next;
    move();
  }

  // All of it; `least` keeps the words legible, then the graph's upper left corner shows.
  function showAll(least = LEAST) {
    const box = graph.getBoundingClientRect();
    scale = Math.max(least, Math.min(1, box.width / size.width, box.height / size.height));
    x = Math.max(0, (box.width - size.width * scale) / 2);
    y = Math.max(0, (box.height - size.height * scale) / 2);
    move();
  }

  function cornerOf(node) {
    return node.getAttribute("transform").match(/[-\d.]+/g).map(Number);
  }

  function centre(node) {
    const box = graph.getBoundingClientRect();
    const [left, top] = cornerOf(node);
    scale = Math.max(scale, LEGIBLE);
    x = box.width / 2 - (left + 115) * scale;
    y = box.height / 2 - (top + 23) * scale;
    move();
  }

  function isSeen(node) {
    const box = graph.getBoundingClientRect(), own = node.getBoundingClientRect();
    return own.left >= box.left && own.right <= box.right && own.top >= box.top && own.bottom <= box.bottom;
  }

  // What a node is made of and what is made of it.
  function related(node) {
    const found = new Set([node]);
    for (const [here, there] of [["before", "after"], ["after", "before"]]) {
      const reached = new Set([node]);
      for (const one of reached) {  // it grows
        for (const edge of edges) if (edge[here] === one) reached.add(edge[there]);
      }
      for (const one of reached) found.add(one);
    }
    return found;
  }

  function light(node) {
    graph.classList.toggle("pointed", Boolean(node));
    const found = node ? related(node) : new Set();
    for (const one of nodes) one.classList.toggle("lit", found.has(one));
    for (const { line, before, after } of edges) {
      line.classList.toggle("lit", found.has(before) && found.has(after));
    }
  }

  const pointers = new Map();
  let moved = 0;

  graph.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    moved = 0;
  });

  graph.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    moved += Math.abs(event.clientX - last[0]) + Math.abs(event.clientY - last[1]);
    if (other) {
      const before = Math.hypot(last[0] - other[0], last[1] - other[1]);
      const now = Math.hypot(event.clientX - other[0], event.clientY - other[1]);
      if (before > 0) zoom(now / before, other[0], other[1]);
    } else if (moved > 4) {
      if (!graph.hasPointerCapture(event.pointerId)) graph.setPointerCapture(event.pointerId);
      graph.classList.add("dragged");
      x += event.clientX - last[0];
      y += event.clientY - last[1];
      move();
    }
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
  });

  for (const end of ["pointerup", "pointercancel"]) {
    graph.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      graph.classList.remove("dragged");
    });
  }

  // Who drags does not mean to open what he dragged by.
  graph.addEventListener("click", (event) => {
    if (moved > 4) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
  graph.addEventListener("dragstart", (event) => event.preventDefault());

  graph.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX, event.clientY);
  }, { passive: false });

  const KEYS = {
    ArrowLeft: () => { x += 80; move(); },
    ArrowRight: () => { x -= 80; move(); },
    ArrowUp: () => { y += 80; move(); },
    ArrowDown: () => { y -= 80; move(); },
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    0: () => showAll(),
  };

  function focusOn(node) {
    window.location.assign(`?focus=${encodeURIComponent(node.dataset.focus)}`);
  }

  graph.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const node = event.target.closest(".node");
    if (event.key.toLowerCase() === "f" && node?.dataset.focus) {
      focusOn(node);
    } else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  graph.addEventListener("focusin", (event) => {
    const node = event.target.closest(".node");
    graph.scrollTo(0, 0);
    if (!node || !event.target.matches(":focus-visible")) return;
    light(node);
    if (!isSeen(node)) centre(node);
  });
  graph.addEventListener("focusout", () => light(null));
  graph.addEventListener("pointerover", (event) => light(event.target.closest(".node")));
  graph.addEventListener("pointerleave", () => light(null));

  const find = document.getElementById("find");
  const found = document.getElementById("found");
  let hits = [], next = 0;

  find.addEventListener("input", () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits = words.length ? nodes.filter((node) => words.every((word) => said.get(node).includes(word))) : [];
    next = 0;
    for (const node of nodes) node.classList.toggle("hit", hits.includes(node));
    graph.classList.toggle("searched", hits.length > 0);
    found.textContent = words.length ? `${hits.length} found` : "";
    if (hits.length && !hits.some(isSeen)) centre(hits[0]);
  });

  // Enter goes from hit to hit; the name of a table, or its only hit, is what to focus on.
  find.form.addEventListener("submit", (event) => {
    const name = find.value.trim();
    event.preventDefault();
    if (!name) {
      window.location.assign("?");
      return;
    }
    const tables = hits.filter((node) => node.dataset.focus);
    const one = tables.find((node) => node.dataset.focus === name) ?? (event.submitter?.matches(":focus") && tables[0]);
    if (one) {
      focusOn(one);
    } else if (hits.length) {
      centre(hits[next++ % hits.length]);
    }
  });

  document.querySelector(".moves").hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-move]");
    if (button) ({ in: () => zoom(1.25), out: () => zoom(0.8), all: () => showAll() })[button.dataset.move]();
  });

  svg.removeAttribute("viewBox");
  showAll(LEGIBLE);
  const focused = world.querySelector(".focused");
  if (focused && !isSeen(focused)) centre(focused);
})();
