"""What ``head-pose`` does with the images and videos that it is given."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_tables import HeadsTable, tracks_table, video_summary
from .files import identify_files
from .rotation import ANGLE_NAMES
from .sources import Source, name_sources
from .terminal import USER_ERRORS, PlainConsole, report, show

if TYPE_CHECKING:
    from bernoulli_mmpose import HeadPoseInferencer


class HeadPoseCommand:
    """Runs the inferencer on images and videos and prints what it finds.

    Args:
        args: Of :func:`~bernoulli_headpose.cli_arguments.read_arguments`.
        inferencer: Estimates the angles.

    Attributes:
        exit_code: 1 once something could not be used or written, else 0.
    """

    def __init__(
        self, args: argparse.Namespace, inferencer: HeadPoseInferencer
    ) -> None:
        self.args = args
        self.inferencer = inferencer
        self.exit_code = self.without = 0
        self.options: dict[str, Any] = dict(
            bbox_thr=args.bbox_thr,
            bboxes=args.boxes,
            show=args.show,
            draw=args.draw,
            draw_bbox=args.draw != 'none',
        )

    def run(self, images: list[Source], videos: Sequence[str]) -> None:
        """All of them; one that cannot be used does not stop the others."""
        given = (*images, *videos, self.args.model, self.args.weights)
        self.inferencer.kept_files = identify_files(given)
        for source, (_, stem) in zip(videos, name_sources(videos), strict=True):
            self.run_video(source, self.video_files(stem))
        if images:
            self.run_images(images)

    def video_files(self, stem: str) -> dict[str, Any]:
        """Where a video's results go, so that no two write the same files."""
        if not self.args.out:
            return {}
        path = str(Path(self.args.out, stem.replace(':', '')))
        return dict(vis_out_dir=f'{path}.mp4', pred_out_dir=f'{path}.jsonl')

    def run_images(self, images: list[Source]) -> None:
        """Images, in batches."""
        folder = self.args.out or ''
        results = self.inferencer(
            images,
            on_error=self.report_image,
            vis_out_dir=folder,
            pred_out_dir=folder,
            **self.options,
        )
        names = [name for name, _ in name_sources(images)]
        width = PlainConsole().width if sys.stdout.isatty() else None
        table = HeadsTable(names, width)
        console = PlainConsole(width or table.width)
        for result in results:
            for name, heads in zip(result['names'], result['predictions'], strict=True):
                if self.args.json:
                    show(json.dumps({'image': name, 'heads': heads}))
                else:
                    show(table.rows(name, heads), console)

    def report_image(self, _: str, error: Exception) -> None:
        """Note an image that cannot be used, or whose results cannot be written."""
        self.exit_code = report(error)

    def run_video(self, source: str, files: dict[str, Any]) -> None:
        """A video or camera, frame by frame; after an error, what came before it."""
        start = time.perf_counter()
        seen: dict[int, list[dict]] = {}
        self.without = 0
        is_whole = False
        try:
            with contextlib.suppress(KeyboardInterrupt):  # the way to end a camera
                for result in self.inferencer(
                    source,
                    smooth=self.args.smooth,
                    detect_every=self.args.detect_every,
                    **files,
                    **self.options,
                ):
                    self.show_frame(source, result, seen)
                is_whole = True
        except BrokenPipeError:
            raise
        except USER_ERRORS as error:
            self.exit_code = report(error)
        if seen and not self.args.json:
            show(tracks_table(seen), PlainConsole())
        if info := self.inferencer.video_info:
            if not is_whole:  # what was not read is not missing
                info = dict(info, n_missing=0)
            print(video_summary(info, start, self.without), file=sys.stderr)

    def show_frame(
        self, source: str, result: dict[str, Any], seen: dict[int, list[dict]]
    ) -> None:
        """Add a frame's heads to those seen; print them where JSON is asked for."""
        (heads,) = result['predictions']
        self.without += not heads
        for head in heads:
            told = {key: head[key] for key in (*ANGLE_NAMES, 'score')}
            seen.setdefault(head['track_id'], []).append(told)
        if self.args.json:
            frame = {key: result[key] for key in ('frame', 'time_s')}
            show(json.dumps({'video': source, **frame, 'heads': heads}))
