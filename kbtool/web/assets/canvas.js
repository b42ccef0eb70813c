// Moves and zooms a board that is otherwise plain HTML, which scrolls.  Whatever can be done with a mouse can be done
// with keys and with fingers.
(() => {
  const board = document.querySelector(".board"), world = board?.firstElementChild;
  if (!world) return;
  const [NEAREST, FARTHEST, STEP, EDGE] = [3, 0.04, 1.25, 24];
  const size = { w: parseFloat(world.style.width), h: parseFloat(world.style.height) };
  const labels = [...world.querySelectorAll(".zone>h2")];
  let k = 1, x = 0, y = 0, far = 0, moved = false, waiting = 0;

  const paint = () => {
    waiting = 0;
    world.style.transform = `translate(${x}px,${y}px) scale(${k})`;
    // The squares of the paper neither crowd nor vanish.  Set here and not by variables, which every card would inherit.
    const square = 24 * k * 2 ** Math.ceil(Math.log2(0.6 / k));
    board.style.backgroundSize = `${square}px ${square}px`;
    board.style.backgroundPosition = `${x}px ${y}px`;
    // Labels of groups stay readable from afar.
    const larger = Math.min(8, Math.max(1, 0.85 / k));
    if (larger === far) return;
    far = larger;
    board.classList.toggle("distant", k < 0.12);
    for (const label of labels) label.style.fontSize = `${0.9375 * far}rem`;
  };
  const put = () => waiting ||= requestAnimationFrame(paint);
  const move = (dx, dy) => { x += dx; y += dy; moved = true; put() };
  const zoom = (factor, cx = board.clientWidth / 2, cy = board.clientHeight / 2) => {
    const next = Math.min(NEAREST, Math.max(FARTHEST, k * factor));
    x = cx - (cx - x) * next / k;
    y = cy - (cy - y) * next / k;
    k = next;
    moved = true;
    put();
  };
  const fit = () => {
    // Above there is room for the labels of groups, which do not shrink.
    const w = board.clientWidth, h = board.clientHeight - EDGE;
    k = Math.min(1.25, Math.max(FARTHEST, Math.min(w / size.w, h / size.h)));
    x = (w - size.w * k) / 2;
    y = (h - size.h * k) / 2 + EDGE;
    moved = false;
    put();
  };
  // On a narrow screen the whole of a wide board is a stripe: one begins where reading begins.
  const begin = () => {
    fit();
    if (board.clientWidth >= 600 || k >= 0.5) return;
    const first = world.querySelector("li");
    k = 0.8;
    x = EDGE - (first ? first.offsetLeft : 0) * k;
    y = EDGE * 2 - (first ? first.offsetTop : 0) * k;
    moved = true;
    put();
  };

  // A card that holds more than it shows scrolls, for the wheel once it is chosen and for keys.
  const spills = (card) => card.scrollHeight > card.clientHeight + 1 || card.scrollWidth > card.clientWidth + 1;
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      if (!spills(target) || target.classList.contains("slim")) continue;
      target.tabIndex = 0;
      target.classList.add("more");
    }
  });
  world.querySelectorAll(".card").forEach(card => seen.observe(card));
  const scrolls = (target) => target.closest?.(".card.more:focus,.card.more:focus-within");

  board.addEventListener("wheel", e => {
    if (!e.ctrlKey && scrolls(e.target)) return;
    e.preventDefault();
    const box = board.getBoundingClientRect(), unit = e.deltaMode ? 33 : 1;
    // A wheel turns in large steps and in one direction; fingers on a touchpad do neither, and mean to push the board.
    const pushes = !e.ctrlKey && !e.metaKey && (e.shiftKey || e.deltaX || (!e.deltaMode && Math.abs(e.deltaY) < 50));
    if (pushes) move(-(e.deltaX || (e.shiftKey ? e.deltaY : 0)) * unit, e.shiftKey ? 0 : -e.deltaY * unit);
    else zoom(Math.exp(-e.deltaY * unit / (e.ctrlKey && !e.deltaMode ? 100 : 400)), e.clientX - box.left, e.clientY - box.top);
  }, { passive: false });

  // One finger or the mouse pushes, two fingers also zoom; what is less than a push stays a click.
  const fingers = new Map();
  let spread = 0, pushed = 0;
  const centre = () => {
    const all = [...fingers.values()], box = board.getBoundingClientRect();
    return [all.reduce((sum, p) => sum + p[0], 0) / all.length - box.left, all.reduce((sum, p) => sum + p[1], 0) / all.length - box.top];
  };
  const span = () => {
    const [a, b] = fingers.values();
    return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
  };
  board.addEventListener("pointerdown", e => {
    if (e.button || e.target.closest("iframe,audio,video,summary,button,input")) return;
    if (e.pointerType === "mouse" && scrolls(e.target)) return;
    fingers.set(e.pointerId, [e.clientX, e.clientY]);
    spread = span();
    pushed = 0;
  });
  board.addEventListener("pointermove", e => {
    const from = fingers.get(e.pointerId);
    if (!from) return;
    const before = centre();
    fingers.set(e.pointerId, [e.clientX, e.clientY]);
    const after = centre();
    pushed += Math.abs(after[0] - before[0]) + Math.abs(after[1] - before[1]);
    if (pushed > 4 && !board.hasPointerCapture(e.pointerId)) {
      board.setPointerCapture(e.pointerId);
      board.classList.add("held");
    }
    move(after[0] - before[0], after[1] - before[1]);
    const wide = span();
    if (wide && spread) zoom(wide / spread, ...after);
    spread = wide;
  });
  const release = e => {
    fingers.delete(e.pointerId);
    spread = span();
    if (!fingers.size) board.classList.remove("held");
  };
  board.addEventListener("pointerup", release);
  board.addEventListener("pointercancel", release);
  board.addEventListener("dragstart", e => e.preventDefault());
  board.addEventListener("click", e => { if (pushed > 4) e.preventDefault(), e.stopPropagation() }, true);
  board.addEventListener("dblclick", e => {
    if (e.target === board || e.target === world) fit();
  });

  const PUSH = { ArrowLeft: [64, 0], ArrowRight: [-64, 0], ArrowUp: [0, 64], ArrowDown: [0, -64] };
  const KEYS = { "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), 0: fit };
  board.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const push = e.target === board && PUSH[e.key], act = KEYS[e.key];
    if (!push && !act) return;
    e.preventDefault();
    push ? move(...push) : act();
  });

  // Whoever walks through the cards with the keyboard has the board follow, near enough to read.
  board.addEventListener("focusin", e => {
    const card = e.target.closest(".card");
    if (!card || !e.target.matches(":focus-visible")) return;
    if (k < 0.5) zoom(0.8 / k);
    const [left, top] = [card.offsetLeft * k + x, card.offsetTop * k + y];
    const [w, h] = [card.offsetWidth * k, card.offsetHeight * k];
    const [across, down] = [board.clientWidth, board.clientHeight];
    if (left < EDGE || left + w > across - EDGE) move(Math.max(EDGE, (across - w) / 2) - left, 0);
    if (top < EDGE || top + h > down - EDGE) move(0, Math.max(EDGE, (down - h) / 2) - top);
  });

  const buttons = document.querySelector(".zoom"), ACTS = { in: () => zoom(STEP), out: () => zoom(1 / STEP), fit };
  buttons.onclick = e => ACTS[e.target.closest("button")?.dataset.zoom]?.();
  buttons.hidden = false;
  board.classList.add("live");
  new ResizeObserver(() => moved || fit()).observe(board);
  begin();
  paint();
})();
