"""What the benchmarks measure; the tools beside it import it after their arguments."""

import bernoulli_mmpose  # noqa: F401  (before mmpose)
