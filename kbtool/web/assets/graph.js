// The drawing of all notes on one canvas.  Where each note stands was settled when the site was built; here it is looked
// at: moved, zoomed, searched, and cut down to what lies around one note.
(() => {
  const data = self.kbtoolGraph, $ = (selector) => document.querySelector(selector);
  const stage = $(".stage"), canvas = stage?.firstElementChild;
  if (!data || !canvas) return;
  const pen = canvas.getContext("2d"), count = data.titles.length;
  const [NEAREST, FARTHEST, STEP, PUSH] = [4, 0.01, 1.25, 64];
  // While the drawing moves fewer links are drawn than when it rests; and as many labels as there is room to read.
  const [LINKS_MOVING, ROOM, TRIED] = [6000, 16000, 600];

  const x = Float32Array.from(data.at.filter((_, i) => i % 2 === 0)), y = Float32Array.from(data.at.filter((_, i) => i % 2));
  const homeX = x.slice(), homeY = y.slice();
  const links = Int32Array.from(data.links), degree = new Int32Array(count);
  for (const end of links) degree[end]++;
  const near = Array.from({ length: count }, () => []);
  for (let i = 0; i < links.length; i += 2) near[links[i]].push(links[i + 1]), near[links[i + 1]].push(links[i]);
  const fails = new Uint8Array(count);
  for (const n of data.failing) fails[n] = 1;
  const prominent = [...x.keys()].sort((a, b) => degree[b] - degree[a] || a - b);
  const byGroup = [];
  data.groups.forEach((group, n) => (byGroup[group] ||= []).push(n));

  let k = 1, ox = 0, oy = 0, w = 0, h = 0, waiting = 0, resting = 0, moved = false;
  let chosen = -1, over = -1, hits = null, shown = null, bright = null, colours, hues;

  // ------------------------------------------------------------ drawing

  const styles = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name) => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color };
  const recolour = () => {
    colours = Object.fromEntries(["paper", "ink", "ink2", "edge", "tinta", "fail"].map(name => [name, colour(name)]));
    hues = [...document.querySelectorAll(".hues .hue:not(.bad)")].map(hue => getComputedStyle(hue).color);
    put();
  };
  const size = (n) => Math.max(1.3, (2.6 + 1.05 * Math.sqrt(degree[n])) * Math.min(1.5, Math.max(0.3, Math.sqrt(k))) * (n === chosen ? 1.3 : 1));
  const sx = (n) => x[n] * k + ox, sy = (n) => y[n] * k + oy;
  const seen = (n) => !shown || shown[n];

  // Pairs of which a part may be in view: not both ends beyond the same edge.
  const visible = () => {
    const found = [];
    for (let i = 0; i < links.length; i += 2) {
      const a = links[i], b = links[i + 1];
      if (shown && !(shown[a] && shown[b])) continue;
      const ax = sx(a), bx = sx(b);
      if (ax < 0 && bx < 0 || ax > w && bx > w) continue;
      const ay = sy(a), by = sy(b);
      if (ay < 0 && by < 0 || ay > h && by > h) continue;
      found.push(i);
    }
    return found;
  };
  const trace = (i) => { const a = links[i], b = links[i + 1]; pen.moveTo(sx(a), sy(a)); pen.lineTo(sx(b), sy(b)) };
  const drawLinks = (moving) => {
    const found = visible(), every = moving ? Math.ceil(found.length / LINKS_MOVING) : 1;
    pen.strokeStyle = colours.edge;
    pen.lineWidth = 0.8;
    pen.globalAlpha = Math.min(0.5, Math.max(0.05, 9 / Math.sqrt(found.length + 1))) * (bright ? 0.45 : 1);
    pen.beginPath();
    for (let j = 0; j < found.length; j += every) trace(found[j]);
    pen.stroke();
    const centre = over >= 0 ? over : chosen;
    if (centre >= 0) {
      pen.globalAlpha = 0.85;
      pen.strokeStyle = colours.tinta;
      pen.lineWidth = 1.3;
      pen.beginPath();
      for (const i of found) if (links[i] === centre || links[i + 1] === centre) trace(i);
      pen.stroke();
    }
  };
  const mark = (n, r) => {
    const px = sx(n), py = sy(n);
    if (fails[n]) {
      r = Math.max(r * 1.5, 4);
      pen.moveTo(px, py - r); pen.lineTo(px + r, py); pen.lineTo(px, py + r); pen.lineTo(px - r, py); pen.closePath();
    } else if (r < 2) pen.rect(px - r, py - r, 2 * r, 2 * r);
    else { pen.moveTo(px + r, py); pen.arc(px, py, r, 0, 6.2832) }
  };
  const inView = (n, margin = 20) => { const px = sx(n), py = sy(n); return px > -margin && py > -margin && px < w + margin && py < h + margin };
  const drawMarks = (nodes, fill, alpha) => {
    pen.globalAlpha = alpha;
    pen.fillStyle = fill;
    pen.strokeStyle = colours.paper;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const n of nodes) if (inView(n)) mark(n, size(n));
    pen.fill();
    if (k > 0.35 && alpha === 1) pen.stroke();
  };
  const drawNodes = () => {
    byGroup.forEach((all, group) => {
      const nodes = all.filter(n => seen(n) && !fails[n]);
      if (bright) drawMarks(nodes.filter(n => !bright[n]), hues[group], 0.22);
      drawMarks(bright ? nodes.filter(n => bright[n]) : nodes, hues[group], 1);
    });
    const bad = data.failing.filter(seen);
    if (bright) drawMarks(bad.filter(n => !bright[n]), colours.fail, 0.3);
    drawMarks(bright ? bad.filter(n => bright[n]) : bad, colours.fail, 1);
    if (chosen >= 0) {
      pen.globalAlpha = 1;
      pen.strokeStyle = colours.ink;
      pen.lineWidth = 2;
      pen.beginPath();
      mark(chosen, size(chosen) + 3);
      pen.stroke();
    }
  };

  // Labels: first what is pointed at, then the notes with most links, each only where it covers no other.
  const widths = new Map();
  const width = (text) => { if (!widths.has(text)) widths.set(text, pen.measureText(text).width); return widths.get(text) };
  const clipped = (title) => { const most = w < 600 ? 22 : 34; return title.length > most ? title.slice(0, most - 1).trimEnd() + "…" : title };
  const ranked = () => {
    const centre = over >= 0 ? over : chosen;
    const first = centre >= 0 ? [centre, ...[...near[centre]].sort((a, b) => degree[b] - degree[a])] : [];
    return new Set([...first, ...(hits || []).slice(0, 60), ...(bright ? prominent.filter(n => bright[n]) : prominent)]);
  };
  const drawLabels = () => {
    pen.font = `12px ${styles("--ui")}`;
    pen.textAlign = "center";
    pen.lineJoin = "round";
    pen.lineWidth = 3.5;
    pen.globalAlpha = 1;
    pen.strokeStyle = colours.paper;
    const taken = prominent.slice(0, 150).filter(n => seen(n) && inView(n, 0)).map(n => [sx(n) - 2, sy(n) - 2, sx(n) + 2, sy(n) + 2, n]);
    const most = Math.min(140, w * h / ROOM);
    let tried = 0, written = 0;
    for (const n of ranked()) {
      if (written > most || tried > TRIED) break;
      if (!seen(n) || !inView(n, 0)) continue;
      tried++;
      const asked = n === over || n === chosen, text = asked ? data.titles[n] : clipped(data.titles[n]);
      const half = width(text) / 2 + 4, py = sy(n) + size(n) + 13, px = Math.max(half, Math.min(w - half, sx(n)));
      const box = [px - half, py - 10, px + half, py + 4];
      if (!asked && taken.some(t => t[4] !== n && box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
      taken.push(box);
      written++;
      pen.strokeText(text, px, py);
      pen.fillStyle = asked ? colours.tinta : colours.ink;
      pen.fillText(text, px, py);
    }
  };
  const draw = () => {
    waiting = 0;
    const moving = resting > 0, dpr = devicePixelRatio || 1;
    pen.setTransform(dpr, 0, 0, dpr, 0, 0);
    pen.clearRect(0, 0, w, h);
    drawLinks(moving);
    drawNodes();
    drawLabels();
  };
  const put = () => waiting ||= requestAnimationFrame(draw);
  const rest = () => { resting = 0; put() };

  // ------------------------------------------------------------ moving

  const stir = () => { moved = true; clearTimeout(resting); resting = setTimeout(rest, 150); put() };
  const move = (dx, dy) => { ox += dx; oy += dy; stir() };
  const zoom = (factor, cx = w / 2, cy = h / 2) => {
    const next = Math.min(NEAREST, Math.max(FARTHEST, k * factor));
    ox = cx - (cx - ox) * next / k;
    oy = cy - (cy - oy) * next / k;
    k = next;
    stir();
  };
  const fit = () => {
    let [left, low, right, high] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let n = 0; n < count; n++) if (seen(n)) {
      left = Math.min(left, x[n]); right = Math.max(right, x[n]);
      low = Math.min(low, y[n]); high = Math.max(high, y[n]);
    }
    const pad = Math.min(48, w / 12);
    k = Math.min(1.6, (w - 2 * pad) / (right - left + 1), (h - 2 * pad) / (high - low + 1));
    k = Math.max(FARTHEST, k);
    ox = w / 2 - (left + right) / 2 * k;
    oy = h / 2 - (low + high) / 2 * k;
    moved = false;
    put();
  };
  const centre = (n) => { if (!inView(n, -40)) { ox = w / 2 - x[n] * k; oy = h / 2 - y[n] * k; put() } };
  new ResizeObserver(() => {
    const dpr = devicePixelRatio || 1;
    w = stage.clientWidth; h = stage.clientHeight;
    canvas.width = w * dpr; canvas.height = h * dpr;
    if (w && h) moved ? put() : fit();
  }).observe(stage);

  // ------------------------------------------------------------ choosing

  const find = $("#find"), show = $("#show"), reach = $("#reach"), card = $(".chosen"), list = $(".hits"), told = $("#shown");
  const fold = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const folded = data.titles.map(fold);
  const picked = () => { const [kind, at] = show.value.split(":"); return at ? new Set(data[kind][at][1]) : null };

  // All notes up to so many links away.
  const around = (start, steps) => {
    let found = new Set([start]), edge = [start];
    for (; steps > 0; steps--) {
      edge = edge.flatMap(n => near[n]).filter(n => !found.has(n) && found.add(n));
    }
    return found;
  };
  // A part of the graph is laid out anew where it is small enough: alone it has more room.
  const layOut = (part) => {
    const nodes = [...part], inside = new Set(nodes);
    x.set(homeX); y.set(homeY);
    if (nodes.length > 250) return;
    for (let step = 0; step < 120; step++) {
      const dx = new Float32Array(nodes.length), dy = new Float32Array(nodes.length), place = new Map(nodes.map((n, i) => [n, i]));
      nodes.forEach((a, i) => {
        for (let j = 0; j < i; j++) {
          const b = nodes[j], ex = x[a] - x[b] || 0.1, ey = y[a] - y[b] || 0.1, push = 2600 / (ex * ex + ey * ey + 60);
          dx[i] += ex * push; dy[i] += ey * push; dx[j] -= ex * push; dy[j] -= ey * push;
        }
        for (const b of near[a]) if (inside.has(b)) {
          const ex = x[b] - x[a], ey = y[b] - y[a], pull = 0.35 * (1 - 80 / (Math.hypot(ex, ey) + 1)) / Math.sqrt(near[a].length);
          dx[i] += ex * pull; dy[i] += ey * pull;
          const j = place.get(b);
          dx[j] -= ex * pull; dy[j] -= ey * pull;
        }
      });
      const heat = 1 - step / 120;
      nodes.forEach((n, i) => {
        const far = Math.hypot(dx[i], dy[i]) || 1, go = Math.min(far, 60) * heat / far;
        x[n] += dx[i] * go; y[n] += dy[i] * go;
      });
    }
  };
  const tell = () => {
    let nodes = 0, pairs = 0;
    for (let n = 0; n < count; n++) nodes += seen(n) ? 1 : 0;
    for (let i = 0; i < links.length; i += 2) pairs += seen(links[i]) && seen(links[i + 1]) ? 1 : 0;
    told.textContent = told.dataset.says.replace("{shown}", nodes).replace("{links}", pairs);
  };
  const flags = (nodes) => { const found = new Uint8Array(count); for (const n of nodes) found[n] = 1; return found };
  const lit = () => {
    const word = fold(find.value.trim()), wanted = picked();
    hits = word ? prominent.filter(n => folded[n].includes(word)) : null;
    const middle = over >= 0 ? over : reach.value === "0" ? chosen : -1;
    bright = middle >= 0 ? flags([middle, ...near[middle]]) : hits ? flags(hits) : wanted ? flags(wanted) : null;
    put();
  };
  const cut = () => {
    const part = chosen >= 0 && reach.value !== "0" ? around(chosen, +reach.value) : null;
    shown = part && flags(part);
    part ? layOut(part) : (x.set(homeX), y.set(homeY));
    fit();
    tell();
    lit();
  };
  const choose = (n, steps) => {
    const before = shown;
    chosen = n;
    card.hidden = n < 0;
    if (n >= 0) {
      const link = card.querySelector("a");
      link.textContent = data.titles[n];
      link.href = data.urls[n];
    } else reach.value = "0";
    if (steps) reach.value = steps;
    before || reach.value !== "0" ? cut() : lit();
    if (n >= 0) centre(n);
  };
  const offer = () => {
    lit();
    const links = (hits || []).slice(0, 8).map(n => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = data.urls[n];
      link.textContent = data.titles[n];
      link.onfocus = link.onmouseenter = () => { over = n; centre(n); lit() };
      link.onblur = link.onmouseleave = () => { over = -1; lit() };
      item.append(link);
      return item;
    });
    list.replaceChildren(...links);
    list.hidden = !links.length;
  };
  for (const group of show.querySelectorAll("optgroup")) {
    const kind = group.dataset.from;
    group.append(...data[kind].map(([name, notes], at) => new Option(`${kind === "tags" ? "#" : ""}${name} (${notes.length})`, `${kind}:${at}`)));
    group.hidden = !data[kind].length;
  }
  find.oninput = offer;
  show.oninput = lit;
  reach.oninput = cut;
  card.querySelector("button").onclick = () => { choose(-1); canvas.focus() };
  $(".finder").onsubmit = e => { e.preventDefault(); if (hits?.length) choose(hits[0]) };

  // ------------------------------------------------------------ mouse, fingers, keys

  const at = (px, py, slack) => {
    let best = -1, least = Infinity;
    for (let n = 0; n < count; n++) if (seen(n)) {
      const d = Math.hypot(sx(n) - px, sy(n) - py) - size(n);
      if (d < slack && d < least) best = n, least = d;
    }
    return best;
  };
  const place = e => { const box = canvas.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top] };
  const fingers = new Map();
  let pushed = 0, spread = 0;
  const middle = () => { const all = [...fingers.values()]; return [0, 1].map(i => all.reduce((sum, p) => sum + p[i], 0) / all.length) };
  const span = () => { const [a, b] = fingers.values(); return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0 };
  canvas.onpointerdown = e => {
    if (e.button) return;
    canvas.setPointerCapture(e.pointerId);
    fingers.set(e.pointerId, place(e));
    spread = span();
    if (fingers.size === 1) pushed = 0;
  };
  canvas.onpointermove = e => {
    if (!fingers.has(e.pointerId)) {
      const n = e.pointerType === "mouse" ? at(...place(e), 6) : -1;
      if (n !== over) { over = n; canvas.classList.toggle("over", n >= 0); lit() }
      return;
    }
    const before = middle();
    fingers.set(e.pointerId, place(e));
    const after = middle(), wide = span();
    pushed += Math.abs(after[0] - before[0]) + Math.abs(after[1] - before[1]);
    if (pushed > 4) canvas.classList.add("held");
    if (pushed > 4 || wide) move(after[0] - before[0], after[1] - before[1]);
    if (wide && spread) zoom(wide / spread, ...after), pushed += 5;
    spread = wide;
  };
  const release = e => {
    const [px, py] = place(e), alone = fingers.delete(e.pointerId) && !fingers.size;
    spread = span();
    if (!alone) return;
    canvas.classList.remove("held");
    if (e.type === "pointercancel" || pushed > 4) return;
    const n = at(px, py, e.pointerType === "mouse" ? 6 : 18);
    if (n >= 0 && n === chosen) location.href = data.urls[n];
    else choose(n);
  };
  canvas.onpointerup = canvas.onpointercancel = release;
  canvas.onpointerleave = () => { if (over >= 0) over = -1, lit() };
  canvas.addEventListener("wheel", e => {
    e.preventDefault();
    const unit = e.deltaMode ? 33 : 1, pushes = !e.ctrlKey && !e.metaKey && (e.shiftKey || e.deltaX || (!e.deltaMode && Math.abs(e.deltaY) < 50));
    if (pushes) move(-(e.deltaX || (e.shiftKey ? e.deltaY : 0)) * unit, e.shiftKey ? 0 : -e.deltaY * unit);
    else zoom(Math.exp(-e.deltaY * unit / (e.ctrlKey && !e.deltaMode ? 100 : 400)), ...place(e));
  }, { passive: false });
  const PUSHES = { ArrowLeft: [PUSH, 0], ArrowRight: [-PUSH, 0], ArrowUp: [0, PUSH], ArrowDown: [0, -PUSH] };
  const KEYS = {
    "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), 0: fit, Escape: () => choose(-1),
    Enter: () => { if (chosen >= 0) location.href = data.urls[chosen] },
  };
  canvas.onkeydown = e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const push = PUSHES[e.key], act = KEYS[e.key];
    if (!push && !act) return;
    e.preventDefault();
    push ? move(...push) : act();
  };
  const buttons = $(".zoom"), asList = $("#as-list"), ACTS = { in: () => zoom(STEP), out: () => zoom(1 / STEP), fit };
  buttons.addEventListener("click", e => ACTS[e.target.closest("button")?.dataset.zoom]?.());
  asList.onclick = () => {
    const listing = $(".listed").classList.toggle("open");
    asList.setAttribute("aria-pressed", listing);
    $(".chart").hidden = listing;
    for (const button of buttons.querySelectorAll("[data-zoom]")) button.hidden = listing;
  };

  // A note's page leads here with the note's address behind the `#`.
  const follow = () => {
    const n = data.urls.indexOf(decodeURIComponent(location.hash.slice(1)));
    if (n >= 0) choose(n, "2");
  };
  addEventListener("hashchange", follow);
  new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme:dark)").addEventListener("change", recolour);
  buttons.hidden = $(".chart").hidden = false;
  w = stage.clientWidth; h = stage.clientHeight;
  canvas.width = w * (devicePixelRatio || 1); canvas.height = h * (devicePixelRatio || 1);
  recolour();
  fit();
  tell();
  follow();
})();
