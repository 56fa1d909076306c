"""What the page in ``docs/browser`` needs beside its own files."""
