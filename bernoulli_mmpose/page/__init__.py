"""A local web page to try the model on; ``python -m bernoulli_mmpose.page``."""

from .findings import Findings, look_at

__all__ = ['Findings', 'look_at']
