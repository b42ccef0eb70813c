// Search; loaded when it is first used.  The index is made of scripts, because a page that was opened as a file may load
// nothing else: one that tells how it is shared out, and by need those with the words and the texts of a few notes.
// Words are read as kbtool/search/stems.py reads them.
(() => {
  const FIRST = 5, MORE = 10, PHRASES_IN = 60, SENTENCE = 240;
  const cjk = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af";
  const word = marks => new RegExp(`[${cjk}]|(?:(?![${cjk}])[\\p{L}\\p{N}${marks}])+`, "gu");
  const WORD = word(""), SHOWN = word("\\u0300-\\u036f");
  const make = (tag, props, ...children) => { const e = Object.assign(document.createElement(tag), props); e.append(...children); return e };
  const set = (element, attributes) => { for (const name in attributes) element.setAttribute(name, attributes[name]); return element };

  let root, index, say;
  const shards = [], texts = [], scripts = new Map();
  window.kbtoolIndex = facts => {
    index = facts;
    say = facts.words;
    index.endings = new Set(facts.endings.split(" "));
    index.whole = new Set(facts.whole.split(" "));
    index.longest = Math.max(...[...index.endings].map(ending => ending.length));
    index.size = facts.groups.reduce((sum, size) => sum + size, 0);
  };
  window.kbtoolTerms = (shard, lines) => shards[shard] = lines.split("\n");
  window.kbtoolTexts = (group, notes) => texts[group] = notes;
  const style = new URL("search.css", document.currentScript.src).href;
  const styled = new Promise(onload => document.head.append(make("link", { rel: "stylesheet", href: style, onload, onerror: onload })));
  const load = script => {
    if (!scripts.has(script)) scripts.set(script, new Promise((onload, fail) => {
      // What could not be loaded may be there at the next try.
      const onerror = event => { scripts.delete(script); fail(event) };
      document.head.append(make("script", { src: `${root}search/${script}.js`, onload, onerror }));
    }));
    return scripts.get(script);
  };

  // Words
  const fold = text => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const words = text => fold(text).match(WORD) || [];
  const mayLose = (kept, ending) =>
    kept.length > 2 && index.endings.has(ending) && (kept.length > 3 || ending.length < 4)
    && /[aeiouy]/.test(kept) && !(ending === "s" && kept.endsWith("s"));
  const stem = word => {
    if (word.length < 4 || index.whole.has(word) || !/^\p{L}+$/u.test(word)) return word;
    let kept = word;
    for (let size = index.longest; size; size--) {
      if (mayLose(word.slice(0, -size), word.slice(-size))) { kept = word.slice(0, -size); break }
    }
    const last = kept.at(-1), doubled = last === kept.at(-2) && last !== "s";
    return kept.length > 3 && (doubled || last === "c" || last === "z") ? kept.slice(0, -1) : kept;
  };
  window.kbtoolStem = text => words(text).map(stem);

  // The notes that have a word, one of its stem or one that it begins: number -> weight.
  const notesWith = async ({ word, root }) => {
    const [first, second = "\0"] = word, shard = (31 * first.codePointAt() + second.codePointAt()) % 128 % index.shards;
    await load(`terms-${shard}`);
    const found = new Map();
    for (const line of shards[shard]) {
      const blank = line.indexOf(" "), [base, ...tails] = line.slice(0, blank).split("/"), same = base === root;
      if (!same && !(tails.length ? tails : [""]).some(tail => (base + tail).startsWith(word))) continue;
      let number = 0;
      for (const [, step, letter] of line.slice(blank).matchAll(/([0-9a-z]+)([A-I])/g)) {
        number += parseInt(step, 36);
        const weight = letter.charCodeAt() - (same ? 64 : 64.5);
        if (weight > (found.get(number) || 0)) found.set(number, weight);
      }
    }
    return found;
  };

  // The numbers of the notes that have all words, the best first; rare words count more, and so does where they stand.
  const search = async wanted => {
    const lists = await Promise.all(wanted.map(notesWith));
    const worth = lists.map(list => Math.log(1 + index.size / (list.size || 1)));
    const all = [...lists[0].keys()].filter(number => lists.every(list => list.has(number)));
    const score = number => lists.reduce((sum, list, n) => sum + list.get(number) ** 2 * worth[n], 0);
    const scores = new Map(all.map(number => [number, score(number)]));
    return all.sort((a, b) => scores.get(b) - scores.get(a) || a - b);
  };

  // What a note says: address, title, folder, then by turns the anchor of a section and its lines.
  const told = async number => {
    let group = 0;
    while (number >= index.groups[group]) number -= index.groups[group++];
    await load(`texts-${group}`);
    return texts[group][number];
  };

  const fits = (wanted, shown) => {
    const word = fold(shown), root = stem(word);
    return wanted.findIndex(one => word.startsWith(one.word) || root === one.root);
  };
  const says = (line, phrase) => ` ${words(line).join(" ")} `.includes(` ${phrase} `);

  // The line of a note that has most of the words, and the section it stands in; its first line where none has any.
  const best = (note, wanted, phrases) => {
    let found = { rank: 0, anchor: "", line: "" };
    for (let at = 3; at < note.length; at += 2) {
      const anchor = note[at];
      note[at + 1].split("\n").forEach((line, n) => {
        const heading = anchor && !n;
        if (!found.line && !heading) found.line = line;
        const met = new Set((line.match(SHOWN) || []).map(shown => fits(wanted, shown)));
        met.delete(-1);
        const rank = 2 * met.size - (heading && met.size ? 1 : 0) + 9 * phrases.filter(phrase => says(line, phrase)).length;
        if (rank > found.rank) found = { rank, anchor, line };
      });
    }
    return found;
  };

  // The sentence of a line around the first of the words, cut where it is long.
  const sentence = (line, wanted) => {
    const hit = [...line.matchAll(SHOWN)].find(([shown]) => fits(wanted, shown) >= 0)?.index ?? 0;
    let start = 0, end = line.length;
    for (const stop of line.matchAll(/[.!?…]["»”)]*\s/g)) {
      const after = stop.index + stop[0].length;
      if (after <= hit) start = after;
      else { end = Math.min(end, after) }
    }
    if (hit - start > SENTENCE / 2) start = line.indexOf(" ", hit - SENTENCE / 3) + 1;
    const cut = end - start > SENTENCE ? Math.max(line.lastIndexOf(" ", start + SENTENCE), hit + 20) : end;
    const more = start && !/[.!?…]["»”)]*\s$/.test(line.slice(0, start)) ? "… " : "";
    return more + line.slice(start, cut).trim() + (cut < end ? " …" : "");
  };

  const marked = (text, wanted) => {
    const shown = document.createDocumentFragment();
    let at = 0;
    for (const match of text.matchAll(SHOWN)) {
      if (fits(wanted, match[0]) < 0) continue;
      shown.append(text.slice(at, match.index), make("mark", { textContent: match[0] }));
      at = match.index + match[0].length;
    }
    shown.append(text.slice(at));
    return shown;
  };

  const option = (note, wanted, phrases) => {
    const [url, title, folder] = note, { rank, anchor, line } = best(note, wanted, phrases);
    const link = make("a", { href: root + encodeURI(url) + (rank && anchor ? `#${encodeURIComponent(anchor)}` : "") });
    link.append(make("b", {}, marked(title, wanted)), make("small", { textContent: folder }));
    if (line) link.append(make("p", {}, marked(sentence(line, wanted), wanted)));
    return set(make("li", {}, set(link, { role: "option", "aria-selected": "false" })), { role: "none" });
  };

  // The field, the list of what is found, and the line that says how much that is.
  const panel = (onquery, close) => {
    const input = set(make("input", { type: "search", name: "q", placeholder: say.field, autocomplete: "off", spellcheck: false }), {
      role: "combobox", "aria-label": say.field, "aria-autocomplete": "list", "aria-controls": "hits", "aria-expanded": "false",
    });
    const list = set(make("ol", { id: "hits", hidden: true }), { role: "listbox", "aria-label": say.hits });
    const status = set(make("p", { className: "keys", textContent: say.hint }), { role: "status" });
    const more = make("button", { className: "btn", type: "button", textContent: say.more, hidden: true });
    const form = set(make("form", { action: `${root}search.html` }, input), { role: "search" });
    let asked = 0, at = 0, found = [], wanted = [], phrases = [];

    const options = () => [...list.querySelectorAll("a")];
    const pick = n => {
      const all = options();
      if (!all.length) return input.removeAttribute("aria-activedescendant");
      at = (n + all.length) % all.length;
      all.forEach((link, k) => link.setAttribute("aria-selected", k === at));
      all[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", all[at].id);
    };
    const show = async (count, turn) => {
      const from = options().length, notes = await Promise.all(found.slice(from, from + count).map(told));
      if (turn !== asked) return;
      if (!from) list.replaceChildren();
      list.append(...notes.map(note => option(note, wanted, phrases)));
      options().forEach((link, n) => link.id = `hit${n}`);
      list.hidden = !found.length;
      input.ariaExpanded = !!found.length;
      more.hidden = options().length >= found.length;
    };
    const clear = text => {
      list.replaceChildren();
      list.hidden = more.hidden = true;
      input.ariaExpanded = false;
      input.removeAttribute("aria-activedescendant");
      status.textContent = text;
    };
    const run = async () => {
      const turn = ++asked, query = input.value;
      onquery(query);
      wanted = [...new Set(words(query))].map(word => ({ word, root: stem(word) }));
      phrases = [...query.matchAll(/["«“]([^"»”]+)["»”]/g)].map(match => words(match[1]).join(" ")).filter(Boolean);
      if (!wanted.length) return clear(say.hint);
      try {
        let numbers = await search(wanted);
        if (phrases.length) numbers = await withPhrases(numbers.slice(0, PHRASES_IN));
        if (turn !== asked) return;
        found = numbers;
        list.replaceChildren();
        if (!found.length) return clear(say.none);
        await show(FIRST, turn);
        if (turn !== asked) return;
        status.textContent = say[found.length === 1 ? "many.one" : "many"].replace("{n}", found.length);
        pick(0);
      } catch { if (turn === asked) clear(say.failed) }
    };
    const withPhrases = async numbers => {
      const notes = await Promise.all(numbers.map(told)), lines = note => note.slice(1).join("\n").split("\n");
      return numbers.filter((_, n) => phrases.every(phrase => lines(notes[n]).some(line => says(line, phrase))));
    };
    const further = async () => { const next = options().length; await show(MORE, asked); pick(next); input.focus() };

    input.oninput = run;
    more.onclick = further;
    form.onsubmit = e => { e.preventDefault(); options()[at]?.click() };
    input.onkeydown = e => {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        const down = e.key === "ArrowDown";
        if (down && at === options().length - 1 && !more.hidden) further();
        else pick(at + (down ? 1 : -1));
      }
    };
    list.onclick = e => { if (e.target.closest("a")) close() };
    return { parts: [form, list, make("div", { className: "end" }, status, more)], form, input, run };
  };

  let field;
  const onPage = place => {
    const { parts, input, run } = panel(query => {
      // Pages opened as files may refuse; the address is a convenience.
      try { history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname) } catch { }
    }, () => { });
    place.replaceChildren(...parts);
    place.lang = index.lang;
    input.value = new URLSearchParams(location.search).get("q") || "";
    if (input.value) run();
    return () => { input.focus(); input.select() };
  };
  const inDialog = () => {
    const box = set(make("dialog", { className: "find", lang: index.lang }), { "aria-label": say.title });
    const { parts, form, input } = panel(() => { }, () => box.close());
    const close = make("button", { className: "btn", type: "button", onclick: () => box.close() }, make("kbd", { textContent: "esc" }));
    form.append(set(close, { "aria-label": say.close }));
    box.append(...parts);
    box.onclick = e => { if (e.target === box) box.close() };
    // A search field takes the first Escape for itself.
    box.onkeydown = e => { if (e.key === "Escape") { e.preventDefault(); box.close() } };
    document.body.append(box);
    return () => { if (!box.open) box.showModal(); input.focus(); input.select() };
  };

  window.kbtoolSearch = async site => {
    root = site;
    await Promise.all([styled, load("index")]);
    const place = document.getElementById("search");
    field ||= place ? onPage(place) : inDialog();
    field();
  };
})();
