"""Where results are written: never over what they are made from."""

from __future__ import annotations

from pathlib import Path


def partial_path(path: str | Path) -> Path:
    """Where a file is while it is being written: ``out.mp4`` in ``out.part.mp4``."""
    path = Path(path)
    return path.with_name(f'{path.stem}.part{path.suffix}')


def check_output_path(output: str | Path, source: str | Path | int) -> None:
    """Make sure that an output does not overwrite the input.

    Args:
        output: File to write.
        source: What is read, as :class:`FrameReader` takes it.

    Raises:
        ValueError: If both are one file, by another name or a link, too, or the
            input has the name of the unfinished output.
    """
    if isinstance(source, int) or not Path(source).exists():
        return
    for path in (Path(output), partial_path(output)):
        if path.exists() and path.samefile(source):
            raise ValueError(
                f'output: {output} would overwrite the input {source}; '
                'give it another name'
            )
