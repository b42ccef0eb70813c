"""Full-text search: the words that notes are found by, and how they are shared out among scripts.

All of it is made in Python; `web/assets/search.js` only looks things up, and reads words as `stems` does.
"""

from kbtool.search.gist import gist_of
from kbtool.search.shares import Index, Shares, changed_shards, index_of, postings, shares_of
from kbtool.search.stems import ENDINGS, WHOLE_WORDS
from kbtool.search.terms import terms_of

__all__ = [
    "ENDINGS",
    "WHOLE_WORDS",
    "Index",
    "Shares",
    "changed_shards",
    "gist_of",
    "index_of",
    "postings",
    "shares_of",
    "terms_of",
]
