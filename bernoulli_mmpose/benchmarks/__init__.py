"""What the benchmark tools measure with; nothing else of the package imports this."""
