"""Baselines that need no training of ours, to compare with."""
