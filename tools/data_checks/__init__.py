"""What tools/check_dataset.py looks at."""
