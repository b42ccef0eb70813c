// Before anything is painted: the reader's choice of theme, and whether the page is a preview on another one, which the
// name of its frame tells.  A file of its own, so that a strict
// Content-Security-Policy needs no exception for inline scripts.
{
  const [frame, theme] = name.split(" "), data = document.documentElement.dataset;
  if (frame === "kbtool-preview" && parent !== self) {
    data.preview = "";
    if (theme) data.theme = theme;
  }
}
try { const t = localStorage.getItem("kbtool-theme"); if (t) document.documentElement.dataset.theme = t } catch { }
