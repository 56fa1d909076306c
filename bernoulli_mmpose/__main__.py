"""``python -m bernoulli_mmpose``, see :mod:`bernoulli_mmpose.cli`."""

import sys

from .cli import main

if __name__ == '__main__':
    sys.exit(main())
