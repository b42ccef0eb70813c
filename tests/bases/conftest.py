"""A catalogue made of a dictionary: files with their properties, and nothing of a vault beside."""

from __future__ import annotations

import sys
from pathlib import Path

# The tests here share more than fixtures, and test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))
