"""Things from elsewhere, which a page shows only when its reader asks: by itself it asks nothing of other servers.

A frame comes with a `srcdoc`, which browsers show instead of the `src`: a link that loads the real thing into the
frame, no script needed.  A picture, sound or film waits in a `<template>`, which no browser loads, behind a link to it;
a script puts it in the link's place on a click.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import SplitResult, parse_qs, urlsplit

from kbtool.render import holes

__all__ = ["Foreign", "card", "external", "parts", "waiting"]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A thing from elsewhere: `element` is iframe, img, audio or video, `link` leads to it.  Texts are not escaped."""

    element: str
    url: str
    link: str
    title: str = ""
    width: str = ""
    height: str = ""

    @property
    def name(self) -> str:
        """What to call it: who offers it, and its title if it has one."""
        host = parts(self.link).netloc.removeprefix("www.") or self.link
        return f"{self.title} · {host}" if self.title and self.title != self.link else host

    @property
    def size(self) -> str:
        sizes = (("width", self.width), ("height", self.height))
        return "".join(f' {name}="{escape(value)}"' for name, value in sizes if value)


def parts(url: str) -> SplitResult:
    """The parts of a URL; nothing of one that is none, such as `https://[`."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def card(thing: Foreign, *, in_link: bool = False) -> str:
    """The thing, to be loaded; inside of a link it is only its name."""
    if in_link:
        return f'<span class="frame">{escape(thing.name, quote=False)}</span>'
    return _frame(thing) if thing.element == "iframe" else waiting(thing)


# The frame may run its own scripts, but it cannot steer the page around it.
_SANDBOX = "allow-scripts allow-same-origin allow-popups allow-forms allow-presentation"
_INVITATION = (
    '<!doctype html><meta name="color-scheme" content="light dark"><title>{name}</title>'
    "<style>body{{margin:0;min-height:100vh;display:grid;place-items:center;font:1rem system-ui}}</style>"
    '<a href="{url}">{load} {name}</a>'
)


def _frame(thing: Foreign) -> str:
    name, load = escape(thing.name), holes.word("body.load-iframe")
    invitation = escape(_INVITATION.format(name=name, url=escape(thing.url), load=load))
    rest = f'title="{name}" sandbox="{_SANDBOX}" allowfullscreen'
    frame = f'<iframe src="{escape(thing.url)}" srcdoc="{invitation}"{thing.size} {rest}></iframe>'
    return f'<span class="frame">{frame}<a class="ext" href="{escape(thing.link)}">{name}</a></span>'


_WAITING: Mapping[str, str] = {
    "iframe": f'title="{{title}}" sandbox="{_SANDBOX}" allowfullscreen></iframe>',
    "img": 'alt="{title}" referrerpolicy="no-referrer">',
    "audio": 'aria-label="{title}" controls></audio>',
    "video": 'aria-label="{title}" controls></video>',
}


def waiting(thing: Foreign) -> str:
    """The thing in a template, behind a link to it.  Of frames too there may be many on one page, as on a canvas."""
    rest = _WAITING[thing.element].format(title=escape(thing.title))
    element = f'<{thing.element} src="{escape(thing.url)}"{thing.size} {rest}'
    label = f"{holes.word(f'body.load-{thing.element}')} {escape(thing.name, quote=False)}"
    link = f'<a class="ext" href="{escape(thing.link)}">{label}</a>'
    return f'<span class="frame">{link}<template>{element}</template></span>'


def external(url: str, alt: str, width: str, height: str, *, in_link: bool = False) -> str:
    """`![alt](url)` with something from the web: a film of a known site, a post, or else a picture."""
    if parts(url).scheme not in {"http", "https"}:
        return escape(alt or url, quote=False)
    if _is_post(url):
        words = escape(alt or url, quote=False)
        return words if in_link else f'<a class="ext" href="{escape(url)}">{words}</a>'
    film = _film(url)
    element = "iframe" if film else "img"
    return card(Foreign(element, film or url, url, alt, width, height), in_link=in_link)


def _film(url: str) -> str:
    """The address of a film's player, or the empty string."""
    there = parts(url)
    host = there.netloc.lower().removeprefix("www.").removeprefix("m.")
    if host == "vimeo.com" and there.path[1:].isdigit():
        return f"https://player.vimeo.com/video/{there.path[1:]}?dnt=1"
    video = ""
    if host == "youtu.be":
        video = there.path[1:]
    elif host in {"youtube.com", "youtube-nocookie.com"}:
        named = re.match(r"/(?:embed|shorts|live|v)/([\w-]+)", there.path)
        video = named[1] if named else parse_qs(there.query).get("v", [""])[0]
    return f"https://www.youtube-nocookie.com/embed/{video}" if re.fullmatch(r"[\w-]+", video) else ""


def _is_post(url: str) -> bool:
    there = parts(url)
    return there.netloc.lower().removeprefix("www.") in {"twitter.com", "x.com"} and "/status/" in there.path
