"""`python -m kbtool`."""

import sys

try:
    from kbtool.cli import main
except KeyboardInterrupt:  # so soon that nothing has begun
    sys.exit(130)

main()
