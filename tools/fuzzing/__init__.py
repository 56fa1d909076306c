"""A fuzzer of everything that reads a file or a stranger's numbers."""
