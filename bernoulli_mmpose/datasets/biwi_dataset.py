"""The BIWI Kinect head pose database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import DATASETS
from numpy.typing import NDArray

from bernoulli_headpose import rotation
from bernoulli_headpose.files import read_text

from .bad_labels import LabelError
from .biwi_files import Calibration, is_rendered, read_calibration, read_pose
from .head_pose_dataset import HeadLabels, HeadPoseDataset, list_files
from .picture_dataset import known_size

# The person of each of the 24 sequences (the data set's readme).
PEOPLE = (
    'F01', 'F02', 'F03', 'F04', 'F05', 'F06', 'M01', 'M02', 'M03', 'M04', 'M05', 'M06',
    'M07', 'M08', 'F03', 'M09', 'M10', 'F05', 'M11', 'M12', 'F02', 'M01', 'M13', 'M14',
)  # fmt: skip
# Test sequences of each protocol, the others being for training. The literature's
# lists were never published; these are ours. People recorded twice (F02, F03, F05,
# M01) are on one side, both rigs are on both sides, and each list holds the former.
TEST_SEQUENCES: dict[str, tuple[int, ...]] = {
    '16/8': (3, 5, 11, 12, 14, 15, 18, 19),
    '12/12': (3, 5, 6, 7, 11, 12, 14, 15, 16, 18, 19, 22),
    '8/16': (2, 3, 5, 6, 7, 9, 11, 12, 14, 15, 16, 18, 19, 21, 22, 23),
}
FRAME = re.compile(r'(\d\d)/(frame_\d{5})')


@DATASETS.register_module()
class BIWIDataset(HeadPoseDataset):
    """BIWI Kinect head pose (Fanelli et al. 2013), as it is unpacked.

    ``NN/frame_NNNNN_rgb.png``, ``NN/frame_NNNNN_pose.txt`` and ``NN/rgb.cal``. The
    data set has no head boxes: the head centre of ``pose.txt`` is projected through
    ``rgb.cal``, and the box is ``head_size_mm`` at the head's distance. With the
    default size it is about the box of FSA-Net's variant: of the 13,218 frames with
    both, the centre lies in the box in 99.9 %, and the median box is 237 mm wide and
    307 mm high. The margin is on top of it. Where the pictures were scaled as a whole
    after ``rgb.cal`` was written, places are scaled with them.

    Labels are in the depth camera's frame, as papers report them; ``calibrated=True``
    gives them in the colour camera's frame, 1.2 degrees away, which overlays rightly.

    A rendered stand-in (``tools/render_biwi_sample.py``) is recognised by its marker
    file and called ``biwi_rendered`` in results.

    Args:
        data_root: Folder that holds the sequences 01 to 24.
        protocol: ``'16/8'``, ``'12/12'`` or ``'8/16'``: sequences for training and
            testing, by person, in lists of our own (``TEST_SEQUENCES``).
        split: ``'train'``, ``'test'`` or ``'all'`` (then the protocol is ignored).
        calibrated: Whether labels are in the colour camera's frame.
        head_size_mm: Width and height of the head box in millimetres.
        frame_list: Text file that names the frames to take (``NN/frame_NNNNN``
            anywhere in a line), such as the 13,219 of FSA-Net; None takes all.
            Figures on different variants are not comparable.
        margin: See :class:`HeadPoseDataset`.
        **kwargs: Arguments of :class:`HeadPoseDataset`.

    Raises:
        ValueError: If protocol or split are unknown, or a file is malformed.
        FileNotFoundError: If the folder, a sequence, a listed frame, a
            ``pose.txt`` or an ``rgb.cal`` is missing.
    """

    METAINFO: dict = {**HeadPoseDataset.METAINFO, 'dataset_name': 'biwi'}

    def __init__(
        self,
        data_root: str,
        protocol: str = '16/8',
        split: str = 'train',
        calibrated: bool = False,
        head_size_mm: tuple[float, float] = (240.0, 310.0),
        frame_list: str | None = None,
        margin: float = 0.1,
        **kwargs: Any,
    ) -> None:
        if protocol not in TEST_SEQUENCES:
            raise ValueError(
                f'protocol: expected one of {list(TEST_SEQUENCES)}, got {protocol!r}'
            )
        if split not in ('train', 'test', 'all'):
            raise ValueError(f"split: expected 'train', 'test' or 'all', got {split!r}")
        if min(head_size_mm) <= 0:
            raise ValueError(f'head_size_mm: expected positive, got {head_size_mm}')
        self.protocol = protocol
        self.split = split
        self.calibrated = calibrated
        self.head_size_mm = np.array(head_size_mm, dtype=np.float64)
        self.frame_list = frame_list
        if is_rendered(Path(data_root)):
            kwargs.setdefault(
                'metainfo', {**self.METAINFO, 'dataset_name': 'biwi_rendered'}
            )
        super().__init__(data_root, margin=margin, **kwargs)

    @property
    def sequences(self) -> list[int]:
        """Numbers of the sequences of the chosen split."""
        test = TEST_SEQUENCES[self.protocol]
        return [
            number
            for number in range(1, 25)
            if self.split == 'all' or (number in test) == (self.split == 'test')
        ]

    def _find_frames(self, root: Path) -> list[Path]:
        """The ``pose.txt`` of every colour frame of the chosen sequences."""
        frames = [
            image.with_name(image.name.replace('_rgb.png', '_pose.txt'))
            for number in self.sequences
            for image in (root / f'{number:02d}').glob('frame_*_rgb.png')
        ]
        if self.frame_list is None:
            return frames
        found = {(pose.parent.name, pose.name[:11]): pose for pose in frames}
        listed = read_frame_list(Path(self.frame_list))
        chosen = [key for key in listed if int(key[0]) in self.sequences]
        if not chosen:
            raise ValueError(
                f'{self.frame_list}: expected frames of the sequences '
                f'{self.sequences}, got none among {len(listed)}'
            )
        missing = [key for key in chosen if key not in found]
        if missing:
            raise FileNotFoundError(
                f'{self.frame_list}: expected every listed frame in {root}, but '
                f'{"/".join(missing[0])} is not there ({len(missing)} missing)'
            )
        return [found[key] for key in chosen]

    def load_labels(self) -> HeadLabels:
        """Read the poses through the index, and the calibrations."""
        root = Path(self.data_root)
        layout = (
            f'folders {self.sequences[0]:02d} ... {self.sequences[-1]:02d} with '
            'frame_NNNNN_rgb.png, frame_NNNNN_pose.txt and rgb.cal'
        )
        files = list_files(root, self._find_frames, layout)
        self._check_sequences(root, files)
        name = f'biwi-{self.protocol.replace("/", "-")}-{self.split}'
        images = [_image(file) for file in files]
        good, table = self.read_files(name, files, _read_frame, 14, also=images)
        calibrations = {
            folder: read_calibration(folder / 'rgb.cal')
            for folder in sorted({files[i].parent for i in good})
        }
        scales = [
            self.bad_labels.judge(
                _scale, images[i], calibrations[images[i].parent], numbers[12:]
            )
            for i, numbers in zip(good, table, strict=True)
        ]
        fits = np.array([scale is not None for scale in scales], dtype=bool)
        files = [files[i] for i in good[fits]]
        if not files:
            self.bad_labels.close(root, 0)
        cameras = [calibrations[file.parent] for file in files]
        scale = np.array([scale for scale in scales if scale is not None])
        return self._project(files, table[fits], cameras, scale)

    def _check_sequences(self, root: Path, files: list[Path]) -> None:
        present = {int(file.parent.name) for file in files}
        missing = [n for n in self.sequences if n not in present]
        if missing and self.frame_list is None:
            raise FileNotFoundError(
                f'{root}: expected the sequences {self.sequences} of the protocol '
                f'{self.protocol} ({self.split}), found no frames of {missing}'
            )

    def _project(
        self,
        files: list[Path],
        table: NDArray[np.float64],
        calibrations: Sequence[Calibration],
        scale: NDArray[np.float64],
    ) -> HeadLabels:
        poses, points = table[:, :9].reshape(-1, 3, 3), table[:, 9:12]
        centers, distances = np.zeros((len(files), 2)), np.zeros(len(files))
        for camera in {id(c): c for c in calibrations}.values():
            its = np.array([c is camera for c in calibrations])
            centers[its], distances[its] = camera.project(points[its])
            if self.calibrated:
                poses[its] = camera.rotation @ poses[its]
        centers = (centers + 0.5) * scale - 0.5  # a pixel's middle is a whole number
        focal = np.array([np.diag(c.intrinsics)[:2] for c in calibrations]) * scale
        half = focal * self.head_size_mm / distances[:, None] / 2
        return HeadLabels(
            img_path=[str(_image(file)) for file in files],
            angles=rotation.matrix_to_euler(rotation.biwi_pose_to_matrix(poses)),
            box=np.concatenate([centers - half, centers + half], axis=1),
            center=centers,
            image_size=np.array([c.size for c in calibrations]) * scale,
            subject=[PEOPLE[int(f.parent.name) - 1] for f in files],
        )


def _image(pose: Path) -> Path:
    """The colour frame of a ``pose.txt``."""
    return pose.with_name(pose.name.replace('_pose.txt', '_rgb.png'))


def _read_frame(pose: Path) -> list[float]:
    """Rotation (9), head centre (3) and the picture's (w, h)."""
    return [*read_pose(pose), *known_size(_image(pose))]


def _scale(
    image: Path, camera: Calibration, size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Size of a picture over that of its calibration, (2,); 1 where it is unknown.

    Raises:
        LabelError: If the picture is not the calibration's scaled as a whole.
    """
    if not size.all():
        return np.ones(2)
    whole = np.array(camera.size, dtype=np.float64)
    scale = size / whole
    # A side may be rounded by up to a pixel.
    if np.abs(whole * scale.mean() - size).max() > 1:
        what = 'a picture in the proportions of rgb.cal'
        told = 'x'.join(f'{side:g}' for side in whole)
        raise LabelError(image, what, f'{size[0]:g}x{size[1]:g} beside {told}')
    return scale


def read_frame_list(path: Path) -> list[tuple[str, str]]:
    """(sequence, frame) of the lines, once each, such as ('01', 'frame_00003').

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If no line names a frame.
    """
    if not path.is_file():
        raise FileNotFoundError(f'frame_list: expected a text file, found no {path}')
    lines = read_text(path).splitlines()
    found = [match.groups() for match in map(FRAME.search, lines) if match]
    if not found:
        raise ValueError(f'{path}: expected lines with NN/frame_NNNNN, found none')
    return list(dict.fromkeys((sequence, frame) for sequence, frame in found))
