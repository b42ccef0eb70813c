// Fills the folders of the explorer; loaded with the first that is opened.  What is in them are scripts too, because a
// page that was opened as a file may load nothing else.
(() => {
  const known = new Map(), loaded = new Map();
  let root, all;

  // A script of the site tells what is in a folder: its folders, and its notes as title and address by turns.
  const learn = (address, contents) => {
    known.set(address, contents);
    if (Array.isArray(contents)) for (const [, below, inside] of contents[0]) learn(below, inside);
  };
  window.kbtoolFolders = (address, contents, words) => { all = words; learn(address, contents) };

  const load = script => {
    if (!loaded.has(script)) loaded.set(script, new Promise((onload, onerror) => {
      document.head.append(Object.assign(document.createElement("script"), { src: root + script, onload, onerror }));
    }));
    return loaded.get(script);
  };

  // What is in a folder may stand in a script of its own, which the script of a folder above it names.
  const find = async address => {
    await load("folders.js");
    const parts = address.split("/");
    for (let n = 1; n < parts.length; n++) {
      const inside = known.get(parts.slice(0, n).join("/") + "/index.html");
      if (typeof inside === "string") await load(inside);
    }
    return known.get(address);
  };

  const item = (title, address, css = "") => {
    const row = document.createElement("li"), link = document.createElement("a");
    Object.assign(link, { textContent: title, href: root + encodeURI(address) });
    row.className = css;
    row.append(link);
    return row;
  };

  // Puts the list of what is in a folder into it; `toggled` makes the folders in the list open in their turn.
  window.kbtoolOpen = async (folder, site, toggled) => {
    root = site;
    const address = decodeURI(folder.querySelector("a").href.slice(site.length));
    const [folders, notes, more] = await find(address);
    const list = document.createElement("ul");
    for (const [title, below] of folders) list.append(toggled(item(title, below, "d")));
    for (let n = 0; n < notes.length; n += 2) list.append(item(notes[n], notes[n + 1]));
    if (more) list.append(item(all.replace("{n}", more), address, "all"));
    folder.append(list);
  };
})();
