"""Bodies of notes: tokens become a draft once, and the draft is filled for every page that shows it."""

from kbtool.render.board import Board, board
from kbtool.render.draft import Cut, Draft, draft
from kbtool.render.fill import Body, fill, fill_base
from kbtool.render.said import Said, Section, said_in
from kbtool.render.site import Fact, Kept, Reads, Site

__all__ = [
    "Board",
    "Body",
    "Cut",
    "Draft",
    "Fact",
    "Kept",
    "Reads",
    "Said",
    "Section",
    "Site",
    "board",
    "draft",
    "fill",
    "fill_base",
    "said_in",
]
