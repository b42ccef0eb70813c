// Previews of what a link leads to; loaded with the first link that is pointed at or reached by keyboard.  A preview is the
// page itself in a frame, so it looks as the page does, needs no files of its own, and works for pages opened as files.
// The page, told by the name of its frame that it is a preview, shows only the part that the link names and says how
// high that is; until then the frame stays invisible.
(() => {
  const root = document.documentElement, SOON = 350, LATER = 250;
  const href = new URL("preview.css", document.currentScript.src).href;
  const styled = new Promise(onload => {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload, onerror: onload }));
  });

  // In the frame
  if ("preview" in root.dataset) {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const level = element => /^H[1-6]$/.test(element?.tagName) ? +element.tagName[1] : 7;
    const prose = target?.closest(".prose");
    if (prose) {
      let first = target;
      while (first.parentElement !== prose) first = first.parentElement;
      const kept = [first];
      if (first === target && level(target) < 7) {
        for (let e = first.nextElementSibling; e && level(e) > level(target); e = e.nextElementSibling) kept.push(e);
      }
      for (const child of prose.children) child.hidden = !kept.includes(child);
    }
    for (const link of document.links) link.target = "_top";
    const tell = () => {
      if (prose) target.scrollIntoView({ block: "nearest" });
      parent.postMessage({ kbtoolPreview: Math.ceil(document.body.getBoundingClientRect().height) }, "*");
    };
    styled.then(tell);
    Promise.all([styled, document.fonts.ready]).then(tell);
    addEventListener("keydown", e => { if (e.key === "Escape") parent.postMessage({ kbtoolPreview: 0 }, "*") });
    return;
  }

  // On the page
  let box, frame, link, opening, closing;
  const close = () => {
    clearTimeout(opening);
    clearTimeout(closing);
    box?.remove();
    link = box = undefined;
  };
  const closeLater = () => { clearTimeout(opening); clearTimeout(closing); closing = setTimeout(close, LATER) };
  const place = () => {
    const at = link.getClientRects()[0], { offsetWidth: width, offsetHeight: height } = box, gap = 8;
    const below = at.bottom + gap + height <= innerHeight - gap || at.top < innerHeight - at.bottom;
    const top = below ? at.bottom + gap : at.top - gap - height;
    box.style.left = `${Math.max(gap, Math.min(at.left, root.clientWidth - width - gap))}px`;
    box.style.top = `${Math.max(gap, Math.min(top, innerHeight - height - gap))}px`;
  };
  const open = words => {
    box?.remove();
    box = document.createElement("div");
    box.className = "pop";
    frame = Object.assign(document.createElement("iframe"), {
      name: `kbtool-preview ${root.dataset.theme || ""}`, title: `${words}: ${link.textContent}`, tabIndex: -1, src: link.href,
    });
    box.append(frame);
    box.onmouseenter = () => clearTimeout(closing);
    box.onmouseleave = closeLater;
    document.body.append(box);
  };
  addEventListener("message", e => {
    if (!box || e.source !== frame.contentWindow || typeof e.data?.kbtoolPreview !== "number") return;
    if (!e.data.kbtoolPreview) return close();
    const most = Math.max(link.getClientRects()[0].top, innerHeight - link.getClientRects()[0].bottom) - 24;
    frame.style.height = `${Math.min(e.data.kbtoolPreview, 380, most)}px`;
    place();
    box.classList.add("shown");
  });
  addEventListener("keydown", e => { if (e.key === "Escape") close() });
  addEventListener("pointerdown", e => { if (!box?.contains(e.target)) close() });
  addEventListener("scroll", close, { passive: true });

  window.kbtoolPreview = (wanted, words) => {
    clearTimeout(closing);
    if (wanted === link) return;
    close();
    link = wanted;
    opening = setTimeout(async () => {
      await styled;
      if (link === wanted) open(words);
    }, SOON);
    link.addEventListener("mouseleave", closeLater, { once: true });
    link.addEventListener("blur", close, { once: true });
  };
})();
