"""``python -m bernoulli_mmpose``, see :mod:`bernoulli_headpose.cli`."""

import sys

from bernoulli_headpose.cli import main

if __name__ == '__main__':
    sys.exit(main())
