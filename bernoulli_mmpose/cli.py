"""Head pose from the command line."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import MMLogger
from rich.console import Console

from .cli_arguments import read_arguments
from .cli_tables import add_heads, heads_table, tracks_table, video_summary
from .files import PartialImageWarning
from .inferencers import HeadPoseInferencer
from .inferencers.detectors import WholeImageWarning
from .inferencers.inputs import is_video, list_sources, name_sources
from .video import check_output_path

USER_ERRORS = (ValueError, OSError, ImportError, RuntimeError, KeyError, TypeError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    args = read_arguments(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='replace')  # no terminal knows every character
    try:
        with quiet():
            return HeadPoseCommand(args).run()
    except KeyboardInterrupt:
        return 130
    except USER_ERRORS as error:
        return report(error)


class HeadPoseCommand:
    """Runs the inferencer on the inputs and prints what it finds.

    Args:
        args: Of :func:`~bernoulli_mmpose.cli_arguments.read_arguments`.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        width = None if sys.stdout.isatty() else 120
        self.console = Console(width=width, highlight=False, markup=False, emoji=False)
        self.exit_code = 0
        with contextlib.redirect_stdout(io.StringIO()):  # of MMEngine's loading
            self.inferencer = HeadPoseInferencer(
                model=args.model,
                weights=args.weights,
                device=args.device,
                detector=args.detector,
                input_size=args.input_size,
                show_progress=sys.stdout.isatty() and not args.json,
            )
        self.options: dict[str, Any] = dict(
            bboxes=args.boxes,
            show=args.show,
            draw=args.draw,
            draw_bbox=args.draw != 'none',
        )

    def run(self) -> int:
        """All inputs; one that cannot be used does not stop the others."""
        images: list[Any] = []
        videos = [source for source in self.args.inputs if is_video(source)]
        stems = iter([stem for _, stem in name_sources(videos)])
        for source in self.args.inputs:
            try:
                if is_video(source):
                    self.run_video(source, self.video_files(next(stems)))
                else:
                    images += list_sources(source)
            except USER_ERRORS as error:
                self.exit_code = report(error)
        if images:
            self.run_images(images)
        return self.exit_code

    def video_files(self, stem: str) -> dict[str, Any]:
        """Where a video's results go, so that no two write the same files.

        Raises:
            ValueError: If one would overwrite an input.
        """
        if not self.args.out:
            return {}
        path = str(Path(self.args.out, stem.replace(':', '')))
        files = dict(vis_out_dir=f'{path}.mp4', pred_out_dir=f'{path}.jsonl')
        for source in self.args.inputs:
            check_output_path(files['vis_out_dir'], source)
        return files

    def run_images(self, images: list[Any]) -> None:
        """Images, in batches."""
        folder = self.args.out or ''
        results = self.inferencer(
            images,
            on_error=self.report_image,
            vis_out_dir=folder,
            pred_out_dir=folder,
            **self.options,
        )
        table = heads_table()
        for result in results:
            for name, heads in zip(result['names'], result['predictions'], strict=True):
                if self.args.json:
                    print(json.dumps({'image': name, 'heads': heads}))
                add_heads(table, name, heads)
        if table.row_count and not self.args.json:
            self.console.print(table)

    def report_image(self, _: str, error: Exception) -> None:
        """Note an image that cannot be used."""
        self.exit_code = report(error)

    def run_video(self, source: str, files: dict[str, Any]) -> None:
        """A video or camera, frame by frame."""
        start = time.perf_counter()
        seen: dict[int, list[dict]] = {}
        with contextlib.suppress(KeyboardInterrupt):  # the way to end a camera
            for result in self.inferencer(
                source,
                smooth=self.args.smooth,
                detect_every=self.args.detect_every,
                **files,
                **self.options,
            ):
                (heads,) = result['predictions']
                for head in heads:
                    seen.setdefault(head['track_id'], []).append(head)
                if self.args.json:
                    frame = {key: result[key] for key in ('frame', 'time_s')}
                    line = json.dumps({'video': source, **frame, 'heads': heads})
                    print(line, flush=True)  # a reader of a camera's wants it now
        if seen and not self.args.json:
            self.console.print(tracks_table(seen))
        print(video_summary(self.inferencer.video_info, start), file=sys.stderr)


def report(error: Exception) -> int:
    """Say in one line what is wrong; returns the exit code."""
    message = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    print(f'error: {" ".join(message.split())}', file=sys.stderr)
    return 1


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries' chatter away; our own warnings come as one line each."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        for shown in (WholeImageWarning, PartialImageWarning):
            warnings.simplefilter('always', shown)
        warnings.showwarning = lambda message, *_, **__: print(
            f'note: {message}', file=sys.stderr
        )
        try:
            yield
        finally:
            logger.setLevel(level)
