"""What can be asked of a run over images or a video, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .detectors import check_threshold
from .drawing import Image
from .heads import HeadDict, Heads
from .outputs import OnError
from .sources import Picture


@dataclass(frozen=True)
class RunOptions:
    """How images or a video are gone through, and what comes out.

    Attributes:
        batch_size: Images that are read, and go through the network, together. A video
            goes frame by frame.
        bboxes: Face boxes (x1, y1, x2, y2) in pixels: (N, 4) for one image, a list of
            such for several; for a video those of the first frame, which are tracked
            without a detector.
        bbox_thr: Least score of a head that is found, by a detector or by the model, 0
            to 1. None takes the detector's own: 0.65 of ``heads``, 0.9 of MTCNN, 0.3 of
            others. ``heads`` gives none below 0.1.
        detect_every: In a video, frames from one detection to the next; in between
            a head is tracked by the model's own estimate of its centre.
        smooth: In a video, whether to smooth each head's rotation and centre.
        on_error: Called with name and error of an image that cannot be used, which is
            left out, and of one whose results cannot be written; None raises the
            error.
        return_vis: Whether to return the drawn images.
        show: Whether to show them in a window (a camera's always); Escape or q stops.
        wait_time: How long to show an image, milliseconds; 0 waits for a key.
        vis_out_dir: Folder for the drawn images, or the video (which may be given by
            its path, too); it has one rate, and keeps the time.
        pred_out_dir: Folder for ``<image>.json``, a list of heads, or
            ``<video>.jsonl``, a line a frame (which may be given by its path, too).
        draw: ``'axes'``, ``'cube'`` or ``'none'``.
        draw_bbox: Whether to draw the face boxes.
        thickness: Width of the lines, pixels; None takes what fits the head's size.

    Raises:
        ValueError: If the batch size is not positive, or ``bbox_thr`` not from 0 to 1.
    """

    batch_size: int = 8
    bboxes: Any = None
    bbox_thr: float | None = None
    detect_every: int = 10
    smooth: bool = False
    on_error: OnError | None = None
    return_vis: bool = False
    show: bool = False
    wait_time: float = 0
    vis_out_dir: str = ''
    pred_out_dir: str = ''
    draw: str = 'axes'
    draw_bbox: bool = False
    thickness: int | None = None

    def __post_init__(self) -> None:
        check_threshold(self.bbox_thr)
        if self.batch_size < 1:
            raise ValueError(f'batch_size: expected 1 or more, got {self.batch_size}')


@dataclass
class BatchResult:
    """What was found in some images, or in a frame.

    Attributes:
        pictures: The images.
        heads: The heads of each.
        dicts: The same as plain dicts.
        drawn: The drawn images, BGR, if drawing was asked for.
        files: That were written of these images (``video_info`` tells a video's).
        is_frame: Whether it is a frame of a video.
        is_stopped: Whether the user asked for the end, in the window.
    """

    pictures: list[Picture]
    heads: list[Heads]
    dicts: list[list[HeadDict]]
    drawn: list[Image]
    files: list[Path] = field(default_factory=list)
    is_frame: bool = False
    is_stopped: bool = False
