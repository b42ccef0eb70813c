"""What a page lets the browser run and load: its Content-Security-Policy, written into the page itself.

It is a second lock: what kbtool lets through is harmless already.  In the page and not only in a server's answer,
because pages are opened as files too, and most who put a site somewhere never set a header.
"""

from __future__ import annotations

__all__ = ["policy"]

# Browsers do not agree whether a page opened as a file is of one origin with the file beside it, hence `file:`; a page
# from the web can load none, whatever its policy says.  Drawings of blocks and tables are styled by attributes.
_OWN = "'self' file:"
_CLOSED = (
    f"default-src {_OWN}; style-src {_OWN} 'unsafe-inline'; img-src {_OWN} data:; "
    f"object-src 'none'; base-uri 'none'; form-action {_OWN}"
)
# What a card loads when its reader asks for it.
_WEB = f"{_OWN} https: http:"
_OPEN = f"{_CLOSED}; frame-src {_WEB}; media-src {_WEB}".replace(f"img-src {_OWN}", f"img-src {_WEB}")
_CARD = '<span class="frame">'


def policy(body: str) -> str:
    """The policy of a page with this body; only one with things from elsewhere may load any.

    >>> "https:" in policy("<p>x</p>"), "https:" in policy('<span class="frame">')
    (False, True)
    """
    return _OPEN if _CARD in body else _CLOSED
