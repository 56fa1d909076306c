"""A local web page to try the model on; ``python -m bernoulli_headpose.page``."""

from .findings import Findings, examine

__all__ = ['Findings', 'examine']
