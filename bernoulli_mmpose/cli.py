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
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console

from .cli_tables import add_heads, heads_table, tracks_table, video_summary

DESCRIPTION = """\
Estimate where heads are turned: pitch, yaw and roll in degrees, each with its
standard deviation, for every face in photographs, folders, videos or a camera.

  pitch > 0: looks up
  yaw   > 0: the nose turns to the image's left
  roll  > 0: the line of the eyes turns clockwise in the image
"""
EPILOG = """\
examples:
  head-pose photo.jpg                         print the angles of every face
  head-pose photo.jpg --out results           also write a drawn picture and JSON
  head-pose photo.jpg --boxes 100 80 260 260  the face is in this box
  head-pose film.mp4 --smooth --out results   a video, steadied
  head-pose webcam --show                     the camera, in a window

Exit code: 0 if all went well (also if there is no face), 1 if an input could not be
used, 2 for a wrong command line.
"""
USER_ERRORS = (ValueError, OSError, ImportError, RuntimeError, KeyError, TypeError)


def build_parser() -> argparse.ArgumentParser:
    """The arguments, with a help that explains them."""
    parser = argparse.ArgumentParser(
        'head-pose',
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='IMAGE_OR_VIDEO',
        help="image, folder of images, video, or 'webcam' (webcam:1 is the second)",
    )
    _add_finding(parser.add_argument_group('where the faces are').add_argument)
    _add_output(parser.add_argument_group('what comes out').add_argument)
    _add_model(parser.add_argument_group('the model').add_argument)
    return parser


def _add_finding(add: Callable[..., Any]) -> None:
    add(
        '--boxes',
        nargs=4,
        type=float,
        action='append',
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='a face box in pixels, left top right bottom; may be repeated; in a video '
        'of the first frame (default: a detector looks for faces)',
    )
    add(
        '--detector',
        choices=('auto', 'mtcnn', 'none'),
        default='auto',
        help="what looks for faces: mtcnn (pip install 'bernoulli_mmpose[detector]'), "
        'none (the whole image is one face), or auto: mtcnn where it is installed',
    )
    add(
        '--detect-every',
        type=int,
        default=10,
        metavar='N',
        help='in a video, look for faces every N frames and follow them in between '
        '(default: 10)',
    )


def _add_output(add: Callable[..., Any]) -> None:
    add('--out', metavar='DIR', help='write drawn pictures (videos) and JSON there')
    add(
        '--draw',
        choices=('axes', 'cube', 'none'),
        default='axes',
        help="what is drawn on each head (default: axes; red to the image's right "
        'for a frontal head, green to its top, blue out of the face)',
    )
    add(
        '--json',
        action='store_true',
        help='print JSON, a line an image or frame, in place of tables',
    )
    add('--show', action='store_true', help='show pictures in a window (Escape stops)')
    add('--smooth', action='store_true', help='steady the angles of a video')


def _add_model(add: Callable[..., Any]) -> None:
    add(
        '--model',
        metavar='CONFIG',
        help='a config, or the name of a model that '
        'comes with the package (default: the one shipped)',
    )
    add('--weights', metavar='PTH', help='its checkpoint')
    add('--device', help='such as cpu or cuda:0 (default: a GPU where there is one)')


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.boxes and len(args.inputs) > 1:
        parser.error('--boxes: expected one image or video with them')
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
        args: Of :func:`build_parser`.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        from .inferencers import HeadPoseInferencer

        self.args = args
        width = None if sys.stdout.isatty() else 120
        self.console = Console(width=width, highlight=False)
        self.exit_code = 0
        with contextlib.redirect_stdout(io.StringIO()):  # of MMEngine's loading
            self.inferencer = HeadPoseInferencer(
                model=args.model,
                weights=args.weights,
                device=args.device,
                detector=args.detector,
                show_progress=sys.stdout.isatty() and not args.json,
            )
        self.options: dict[str, Any] = dict(
            bboxes=args.boxes,
            vis_out_dir=args.out or '',
            pred_out_dir=args.out or '',
            show=args.show,
            draw=args.draw,
            draw_bbox=args.draw != 'none',
        )

    def run(self) -> int:
        """All inputs; one that cannot be used does not stop the others."""
        from .inferencers.inputs import is_video, list_sources

        images: list[Any] = []
        for source in self.args.inputs:
            try:
                if is_video(source):
                    self.run_video(source)
                else:
                    images += list_sources(source)
            except USER_ERRORS as error:
                self.exit_code = report(error)
        if images:
            self.run_images(images)
        return self.exit_code

    def run_images(self, images: list[Any]) -> None:
        """Images, in batches."""
        results = self.inferencer(images, on_error=self.report_image, **self.options)
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

    def run_video(self, source: str) -> None:
        """A video or camera, frame by frame."""
        start = time.perf_counter()
        seen: dict[int, list[dict]] = {}
        with contextlib.suppress(KeyboardInterrupt):  # the way to end a camera
            for result in self.inferencer(
                source,
                smooth=self.args.smooth,
                detect_every=self.args.detect_every,
                **self.options,
            ):
                (heads,) = result['predictions']
                for head in heads:
                    seen.setdefault(head['track_id'], []).append(head)
                if self.args.json:
                    frame = {key: result[key] for key in ('frame', 'time_s')}
                    print(json.dumps({'video': source, **frame, 'heads': heads}))
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
    from mmengine.logging import MMLogger

    from .inferencers.detectors import WholeImageWarning

    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        warnings.simplefilter('always', WholeImageWarning)
        warnings.showwarning = lambda message, *_, **__: print(
            f'note: {message}', file=sys.stderr
        )
        try:
            yield
        finally:
            logger.setLevel(level)
