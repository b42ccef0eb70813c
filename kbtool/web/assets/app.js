// Everything here is an addition: with JavaScript off each page reads, links and prints the same.
// The words come with the script tag, in the language of the page.
(() => {
  const root = document.documentElement, own = document.currentScript, say = own.dataset;
  const $ = (selector, inside = document) => inside.querySelector(selector);
  const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const make = (tag, props, ...children) => { const e = Object.assign(document.createElement(tag), props); e.append(...children); return e };

  // Theme: the system's until the reader chooses.
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme:dark)").matches ? "dark" : "light")) === "dark";
  const theme = $("#theme");
  if (theme) {
    const tell = () => theme.setAttribute("aria-pressed", dark());
    theme.hidden = false;
    tell();
    matchMedia("(prefers-color-scheme:dark)").addEventListener("change", tell);
    theme.onclick = () => {
      root.dataset.theme = dark() ? "light" : "dark";
      tell();
      try { localStorage.setItem("kbtool-theme", root.dataset.theme) } catch { }
    };
  }

  // Copy buttons; the old way of copying is for pages opened as files, where the new one is refused.
  const copy = async (source) => {
    try { await navigator.clipboard.writeText(source.textContent) }
    catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
  };
  const addButton = (code) => {
    const button = make("button", { className: "btn copy", type: "button", textContent: say.copy });
    button.onclick = async () => {
      await copy($("pre", code));
      button.textContent = say.copied;
      setTimeout(() => button.textContent = say.copy, 1500);
    };
    code.append(button);
  };
  $$(".code").forEach(addButton);

  // Code that is only shown can be copied too; its button must not scroll away with it.
  for (const plain of $$("pre.plain")) {
    const box = make("div", { className: "code copyable" });
    plain.replaceWith(box);
    box.append(plain);
    addButton(box);
  }

  // A box is a stop of the keyboard only while there is something in it to scroll to.
  const stop = box => box.tabIndex = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight ? 0 : -1;
  const sized = new ResizeObserver(changes => changes.forEach(change => stop(change.target)));
  for (const box of $$(".prose [tabindex='0'],.scroll[tabindex='0']")) { stop(box); sized.observe(box) }

  // What lies on other servers is loaded when the reader asks for it.
  for (const card of $$(".frame")) {
    const template = $("template", card), link = $("a", card);
    if (template && link) link.onclick = e => {
      if (e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      card.replaceChildren(template.content.cloneNode(true));
    };
  }

  // The contents follow the reader.
  const entries = new Map($$(".right .toc a").map(a => [decodeURIComponent(a.hash.slice(1)), a]));
  const heads = $$(".prose :is(h1,h2,h3,h4,h5,h6)[id]").filter(h => entries.has(h.id));
  if (heads.length) {
    let now, waiting;
    const follow = () => {
      waiting = 0;
      const head = heads.filter(h => h.getBoundingClientRect().top < 120).pop() || heads[0];
      if (head === now) return;
      entries.get(now?.id)?.removeAttribute("aria-current");
      entries.get(head.id).setAttribute("aria-current", "location");
      now = head;
    };
    addEventListener("scroll", () => waiting ||= requestAnimationFrame(follow), { passive: true });
    follow();
  }

  // What not every reader uses is loaded with its first use.
  const site = new URL("..", own.src).href, loaded = {};
  const late = name => loaded[name] ||= new Promise((onload, onerror) => {
    document.head.append(make("script", { src: `${site}assets/${name}.js${new URL(own.src).search}`, onload, onerror }));
  });

  // Folders of the explorer open in place.
  const open = async folder => {
    try { await late("explorer"); await kbtoolOpen(folder, site, toggled) }
    catch { location = $("a", folder).href }
  };
  const toggled = folder => {
    const button = make("button", { type: "button", ariaLabel: $("a", folder).textContent, ariaExpanded: folder.matches(".open") });
    button.onclick = async () => {
      button.ariaExpanded = folder.classList.toggle("open");
      if (!$("ul", folder)) await open(folder);
    };
    folder.prepend(button);
    return folder;
  };
  $$(".tree .d").forEach(toggled);

  // Search, by its link, by "/" and by Ctrl-K.  On its own page it stands in the page, else in a dialog.
  const seek = $("#seek"), inPreview = "preview" in root.dataset;
  const search = async () => {
    try { await late("search"); await kbtoolSearch(site) }
    catch { if (!$("#search")) location = seek.href }
  };
  if (seek && !inPreview) {
    seek.onclick = e => {
      if (e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      search();
    };
    addEventListener("keydown", e => {
      const command = e.ctrlKey || e.metaKey, typing = e.target.closest?.("input,textarea,select,[contenteditable]");
      if (e.altKey || !(command ? e.key.toLowerCase() === "k" && !e.shiftKey : e.key === "/" && !typing)) return;
      e.preventDefault();
      search();
    });
    if ($("#search")) search();
  }

  // Previews of notes, by pointer and by keyboard; a finger has no place to rest on.
  if (inPreview) late("preview");
  else if (matchMedia("(hover:hover)").matches) {
    const over = async e => {
      const link = e.target.closest?.(".prose a.w, .back a");
      if (!link || (e.type === "focusin" && !link.matches(":focus-visible"))) return;
      try { await late("preview"); kbtoolPreview(link, say.preview) } catch { }
    };
    addEventListener("mouseover", over);
    addEventListener("focusin", over);
  }

  // A link to something that is folded away opens it.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS" && e !== target) e.open = true;
    if (target && target.closest("details")) target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  // Filters of the status table.
  const table = $("table[data-filter]"), tools = $(".tools");
  if (table && tools) {
    const fold = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    const rows = $$("tbody tr", table).map(row => [row, fold(row.textContent)]);
    const field = $("#q"), count = $("#count");
    const apply = () => {
      const wanted = fold(field.value), verdict = $("[name=st]:checked")?.value ?? "all";
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !((verdict === "all" || row.dataset.st === verdict) && text.includes(wanted));
        shown += !row.hidden;
      }
      count.textContent = count.dataset.shown.replace("{shown}", shown);
    };
    tools.hidden = false;
    tools.addEventListener("input", apply);
    tools.addEventListener("submit", e => e.preventDefault());
    apply();
  }
})();
