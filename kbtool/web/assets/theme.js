// The reader's choice of theme, before anything is painted.  A file of its own, so that a strict
// Content-Security-Policy needs no exception for inline scripts.
try { const t = localStorage.getItem("kbtool-theme"); if (t) document.documentElement.dataset.theme = t } catch { }
