"""Checkpoints of a training that are whole or not there."""

from __future__ import annotations

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from bernoulli_headpose.files import remove_old_parts, write_whole


@register_backend('whole_file')
class WholeFileBackend(LocalBackend):
    """Local files that appear under their names when they are complete.

    MMEngine writes a checkpoint in place, so that a training that is killed, or whose
    disk is full, leaves half of it under its final name. With
    ``CheckpointHook(backend_args=dict(backend='whole_file'))``, as the configs have
    it, there is the whole checkpoint or the earlier one.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file whole or not at all.

        Args:
            obj: Its content.
            filepath: Its path; the folder is made where it is missing.

        Raises:
            OSError: If it cannot be written.
        """
        remove_old_parts(Path(filepath).parent)
        write_whole(filepath, obj)
