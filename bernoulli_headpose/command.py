"""What ``head-pose`` does with the images and videos that it is given."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cli_tables import HeadsTable, list_files, tracks_table, video_summary
from .files import identify_files, printable
from .heads import HeadDict, round_heads
from .rotation import ANGLE_NAMES
from .run_options import BatchResult, RunOptions
from .sources import Source, is_camera, name_sources
from .terminal import USER_ERRORS, report, say, show

if TYPE_CHECKING:
    from .runner import HeadPoseRunner


class HeadPoseCommand:
    """Lets a runner see images and videos and prints what it finds.

    Args:
        args: Of :func:`~bernoulli_headpose.cli_arguments.read_arguments`.
        runner: Estimates the angles.

    Attributes:
        exit_code: 1 once something could not be used or written, else 0.
    """

    def __init__(self, args: argparse.Namespace, runner: HeadPoseRunner) -> None:
        self.args = args
        self.runner = runner
        self.exit_code = self.without = 0
        self.options = RunOptions(
            bbox_thr=args.bbox_thr,
            bboxes=args.boxes,
            show=args.show,
            draw=args.draw,
            draw_bbox=args.draw != 'none',
            smooth=args.smooth,
            detect_every=args.detect_every,
        )

    def run(self, images: list[Source], videos: Sequence[str]) -> None:
        """All of them; one that cannot be used does not stop the others."""
        model = (self.args.model, self.args.weights, self.args.detector)
        self.runner.kept_files = identify_files([*images, *videos, *model])
        for source, (_, stem) in zip(videos, name_sources(videos), strict=True):
            self.run_video(source, replace(self.options, **self.video_files(stem)))
        if images:
            self.run_images(images)

    def video_files(self, stem: str) -> dict[str, Any]:
        """Where a video's results go, so that no two write the same files."""
        if not self.args.out:
            return {}
        path = str(Path(self.args.out, stem.replace(':', '')))
        drawn = f'{path}.mp4' if self.args.draw != 'none' else ''
        return dict(vis_out_dir=drawn, pred_out_dir=f'{path}.jsonl')

    def run_images(self, images: list[Source]) -> None:
        """Images, in batches."""
        folder = self.args.out or ''
        options = replace(
            self.options,
            on_error=self.report_image,
            vis_out_dir=folder if self.args.draw != 'none' else '',
            pred_out_dir=folder,
        )
        names = [name for name, _ in name_sources(images)]
        is_terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if is_terminal else None
        table = HeadsTable(names, width)
        files: list[Path] = []
        with closing(self.runner.run(images, options)) as results:
            for found in results:
                files += found.files
                for picture, heads in zip(found.pictures, found.dicts, strict=True):
                    self.show_image(picture.name, heads, table)
        if files:
            say(f'wrote {list_files(files)}')

    def show_image(self, name: str, heads: list[HeadDict], table: HeadsTable) -> None:
        """Print the heads of an image."""
        if not self.args.json:
            show(table.rows(name, heads))
            return
        show(json.dumps({'image': name, 'heads': round_heads(heads)}))
        if not heads:
            say(f'no head found in {printable(name)}')

    def report_image(self, _: str, error: Exception) -> None:
        """Note an image that cannot be used, or whose results cannot be written."""
        self.exit_code = report(error)

    def run_video(self, source: str, options: RunOptions) -> None:
        """A video or camera, frame by frame; after an error, what came before it."""
        start = time.perf_counter()
        seen: dict[int, list[dict]] = {}
        self.without = 0
        is_whole = False
        stopped: KeyboardInterrupt | None = None
        try:
            with closing(self.runner.run(source, options)) as results:
                for found in results:
                    self.show_frame(source, found, seen)
                is_whole = True
        except KeyboardInterrupt as stop:
            stopped = stop
        except BrokenPipeError:
            raise
        except USER_ERRORS as error:
            self.exit_code = report(error)
        if seen and not self.args.json:
            show(tracks_table(seen))
        if info := self.runner.video_info:
            if not is_whole:  # what was not read is not missing
                info = dict(info, n_missing=0)
            say(video_summary(info, start, self.without))
        if stopped and not is_camera(source):  # of which it is the way to end
            raise stopped

    def show_frame(
        self, source: str, found: BatchResult, seen: dict[int, list[dict]]
    ) -> None:
        """Add a frame's heads to those seen; print them where JSON is asked for."""
        (picture,), (heads,) = found.pictures, found.dicts
        self.without += not heads
        for head in heads:
            told = {key: head[key] for key in (*ANGLE_NAMES, 'score')}
            seen.setdefault(head['track_id'], []).append(told)
        if self.args.json:
            frame = dict(frame=picture.index, time_s=picture.time_s)
            show(json.dumps({'video': source, **frame, 'heads': round_heads(heads)}))
