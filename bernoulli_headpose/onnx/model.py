"""A network in a file, with what the file says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import check_file
from .interface import (
    BODY_OUTPUTS,
    INPUT,
    OUTPUTS,
    SLOT_OUTPUTS,
    VALUE_OUTPUTS,
    widths,
)
from .metadata import check_metadata
from .session import open_session, run_session


class OnnxModel:
    """A network that ``tools/export_onnx.py`` wrote to a file.

    It can be copied and pickled: the copy opens the file again.

    Args:
        path: The file.
        device: See :func:`.open_session`.
        threads: Of the processor; None takes all cores.

    Attributes:
        name: Of the file, for messages.
        info: What the file says of itself.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If onnxruntime is not installed.
        ValueError: If it is no such file, a damaged one, or the device is not here.
    """

    def __init__(
        self, path: str | Path, device: str = 'cpu', threads: int | None = None
    ) -> None:
        check_file(path, 'a model of tools/export_onnx.py or of the package')
        self._arguments = (Path(path).absolute(), device, threads)
        self.name = str(path)
        self._session = open_session(Path(path), device, threads)
        texts = self._session.get_modelmeta().custom_metadata_map
        self.info = check_metadata(texts, self.name)
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._check_interface()
        counts = len(self.info['values']), len(self.info['keypoints'])
        self._widths = widths(*counts)
        self._mean, self._std = (
            np.array(self.info[key], np.float32).reshape(3, 1, 1)
            for key in ('mean', 'std')
        )

    def __reduce__(self) -> Any:
        return OnnxModel, self._arguments

    def _check_interface(self) -> None:
        inputs = [one.name for one in self._session.get_inputs()]
        wanted = {*OUTPUTS, *(SLOT_OUTPUTS if self.info['finds_heads'] else ())}
        wanted |= {*(VALUE_OUTPUTS if self.info['values'] else ())}
        wanted |= {*(BODY_OUTPUTS if self.info['keypoints'] else ())}
        if inputs != [INPUT] or not wanted <= {*self._outputs}:
            raise ValueError(
                f'{self.name}: expected a model from {INPUT!r} to {sorted(wanted)}, '
                f'got one from {inputs} to {self._outputs}'
            )
        more = len(self.info['values']) or int('rotation' in self._outputs)
        stds = self.info.get('unknown_std', [])
        if not self.info['finds_heads'] and len(stds) != 3 + more:
            raise ValueError(
                f'{self.name}: expected unknown_std of {3 + more} numbers, got {stds}'
            )

    def run(self, images: Sequence[NDArray[np.uint8]]) -> dict[str, NDArray]:
        """What the network tells of images.

        Args:
            images: BGR, one or more of one shape (H, W, 3).

        Returns:
            The outputs of :mod:`.interface` that the model has, each (B, ...), or (B,
            N, ...) of a model that finds heads.

        Raises:
            ValueError: If the model takes other images, or an output is of another
                shape than its metadata says.
        """
        try:
            found = run_session(self._session, self._normalize(images))
        except ValueError as error:
            raise ValueError(f'{self.name}: {error}') from error
        slots = found['score'].shape[1:]
        lead = (len(images), *(slots if self.info['finds_heads'] else ()))
        for name in self._widths.keys() & found.keys():
            expected = (*lead, *self._widths[name])
            if found[name].shape != expected:
                raise ValueError(
                    f'{self.name}: expected {name} of shape {expected}, got '
                    f'{found[name].shape}'
                )
        return found

    def _normalize(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """A batch (B, 3, H, W) in the network's order of colours."""
        batch = np.stack(images)
        if self.info['color_order'] == 'RGB':
            batch = batch[..., ::-1]
        planes = batch.transpose(0, 3, 1, 2)
        # One array of floats, since those of a large part hold tens of megabytes.
        normal = np.subtract(planes, self._mean, dtype=np.float32, order='C')
        normal /= self._std
        return normal
