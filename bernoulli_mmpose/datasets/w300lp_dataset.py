"""300W-LP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mmpose.registry import DATASETS

from bernoulli_headpose.files import is_system_file

from .mat_head_pose_dataset import MatHeadPoseDataset

PARTS = ('AFW', 'HELEN', 'IBUG', 'LFPW')


@DATASETS.register_module()
class W300LPDataset(MatHeadPoseDataset):
    """300W-LP (Zhu et al. 2016): folders AFW, HELEN, IBUG, LFPW, each with ``_Flip``.

    122,450 images, 61,225 without the flipped ones.

    Args:
        data_root: Folder that holds the parts.
        parts: The parts to take.
        include_flip: Whether to take the flipped images on the disk too. Without
            them ``RandomFlip`` does the same at no cost of reading.
        **kwargs: Arguments of :class:`MatHeadPoseDataset`.

    Raises:
        ValueError: If a part is unknown.
        FileNotFoundError: If a part is missing.
    """

    METAINFO: dict = {**MatHeadPoseDataset.METAINFO, 'dataset_name': '300w_lp'}
    LAYOUT = 'folders AFW, HELEN, IBUG, LFPW and AFW_Flip ... with .jpg and .mat files'

    def __init__(
        self,
        data_root: str,
        parts: tuple[str, ...] = PARTS,
        include_flip: bool = True,
        **kwargs: Any,
    ) -> None:
        if not set(parts) <= set(PARTS):
            raise ValueError(f'parts: expected some of {PARTS}, got {parts}')
        self.parts = parts
        self.include_flip = include_flip
        super().__init__(data_root, **kwargs)

    def find_files(self, root: Path) -> list[Path]:
        """The ``.mat`` files of the parts.

        Raises:
            FileNotFoundError: If there are some parts, but not all that were asked for.
        """
        suffixes = ('', '_Flip') if self.include_flip else ('',)
        folders = [root / (part + suffix) for part in self.parts for suffix in suffixes]
        missing = [folder.name for folder in folders if not folder.is_dir()]
        if missing and len(missing) < len(folders):
            raise FileNotFoundError(
                f'{root}: expected the folders {[folder.name for folder in folders]} '
                f'(see parts and include_flip), found no {missing}'
            )
        return [
            folder / entry.name
            for folder in folders
            if folder.is_dir()
            for entry in os.scandir(folder)
            if entry.name.endswith('.mat') and not is_system_file(entry.name)
        ]
