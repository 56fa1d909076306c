"""The experiments of the paper and beyond it: what is run, and what is reported."""
