"""Images and videos through an estimator: read, tracked, drawn and written."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from .boxes import boxes_per_image
from .detectors import HEADS_THR, FaceDetector, Faces, find_faces, limit
from .drawing import Image, Skeleton, draw_heads
from .files import FileId, identify_files
from .heads import HeadDict, Heads, round_heads
from .outputs import (
    PICTURE_ERRORS,
    PictureFiles,
    VideoRun,
    report_errors,
    show_picture,
)
from .progress import Item, track
from .run_options import BatchResult, RunOptions
from .sources import (
    Picture,
    Source,
    is_camera,
    is_video,
    list_sources,
    name_sources,
    read_picture,
)
from .video import BoxTracker, FrameTracker

Sample = tuple[Picture, Faces]


class Estimator(Protocol):
    """From pictures, and the boxes of their faces, to heads.

    Attributes:
        finds_heads: Whether it takes whole pictures and finds the heads itself.
        of_faces: Whether its boxes are those of faces; else of people, say.
        skeleton: What joins the keypoints of bodies.
    """

    finds_heads: bool
    of_faces: bool

    @property
    def skeleton(self) -> Skeleton: ...

    def __call__(
        self, pictures: Sequence[Picture], faces: Sequence[Faces]
    ) -> list[Heads]:
        """The heads of each picture, in the order of its boxes.

        Raises:
            ValueError: If the model gives numbers that are not finite.
        """


class HeadPoseRunner:
    """Lets an estimator see images and videos.

    Args:
        estimator: Gives the heads.
        detector: Finds their faces; None for an estimator that does.
        show_progress: Whether to show a progress bar, with the time left.

    Attributes:
        video_info: What was read of the last video, and written.
        kept_files: Files that results must not overwrite, beside the inputs of a call;
            see :func:`~bernoulli_headpose.files.identify_files`.
    """

    def __init__(
        self,
        estimator: Estimator,
        detector: FaceDetector | None,
        show_progress: bool = False,
    ) -> None:
        self.estimator = estimator
        self.detector = detector
        self.show_progress = show_progress
        self.video_info: dict[str, Any] = {}
        self.kept_files: set[FileId] = set()

    def predict(
        self, image: Source, bboxes: Any = None, bbox_thr: float | None = None
    ) -> list[HeadDict]:
        """The heads of one image.

        Args:
            image: A path, or an array: BGR (grey, with alpha, of 16 bits or float are
                understood, see :func:`~bernoulli_headpose.files.to_bgr`).
            bboxes: Face boxes (x1, y1, x2, y2) in pixels, (N, 4) or one (4,); None
                lets the detector look. They may reach out of the image.
            bbox_thr: Least score of a head that is found, see
                :class:`~bernoulli_headpose.run_options.RunOptions`.

        Returns:
            A list of head dicts, angles in degrees; empty if there is no head.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no image, or a box is of no size or outside of it.
            TypeError: If it is neither a path nor an array.
        """
        picture, faces = self.read(image, bboxes, bbox_thr)
        (heads,) = self._see([picture], [faces], bbox_thr)
        return heads.to_dicts()

    def read(self, image: Source, bboxes: Any, bbox_thr: float | None) -> Sample:
        """One image with its faces; the arguments are those of :meth:`predict`."""
        self._check_boxes_wanted(bboxes)
        sources = list_sources(image)
        if len(sources) != 1:
            raise ValueError(
                f'expected one image, got {len(sources)}; give several as a list'
            )
        picture = read_picture(sources[0], *name_sources(sources)[0])
        return picture, find_faces(picture, bboxes, limit(self.detector, bbox_thr))

    def _see(
        self, pictures: list[Picture], faces: list[Faces], bbox_thr: float | None
    ) -> list[Heads]:
        """The heads of pictures, without found ones that are none or unsure."""
        heads = self.estimator(pictures, faces)
        if not self.estimator.finds_heads:
            # What was found where nothing can be seen; a box that is given counts 1.
            return [
                one[(one.head_scores > 0) | (one.bbox_scores == 1)] for one in heads
            ]
        least = HEADS_THR if bbox_thr is None else bbox_thr
        return [one[one.bbox_scores >= least] for one in heads]

    def run(
        self, inputs: Source | list[Source], options: RunOptions
    ) -> Generator[BatchResult, None, None]:
        """The heads of images, batch by batch, or of a video, frame by frame.

        Args:
            inputs: An image path or array, a folder, a list of these; a video's path;
                ``'webcam'`` or ``'webcam:N'``.
            options: What to do with them.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If an input or an option is not what it should be.
            TypeError: If an input is neither a path nor an array.
            OSError: If a camera is not there, or a file cannot be written.
        """
        self.video_info = {}
        self._check_boxes_wanted(options.bboxes)
        if is_video(inputs):
            yield from self._run_video(str(inputs), options)
        else:
            yield from self._run_images(list_sources(inputs), options)

    def _check_boxes_wanted(self, bboxes: Any) -> None:
        if bboxes is not None and self.estimator.finds_heads:
            raise ValueError(
                'bboxes: expected none, since the model takes whole images and finds '
                'the heads itself'
            )

    def _run_images(
        self, sources: list[Source], options: RunOptions
    ) -> Iterator[BatchResult]:
        inputs = identify_files(sources) | self.kept_files
        files = PictureFiles(inputs, options.on_error)
        count = -(-len(sources) // options.batch_size)
        for batch in self._track(self._batches(sources, options), count):
            found = self._output(self._estimate(batch, options), options, files)
            yield found
            if found.is_stopped:
                return

    def _batches(
        self, sources: list[Source], options: RunOptions
    ) -> Iterator[list[Sample]]:
        """Images with their faces, read when their turn comes."""
        detector = limit(self.detector, options.bbox_thr)
        boxes = boxes_per_image(options.bboxes, len(sources))
        items = [*zip(sources, name_sources(sources), boxes, strict=True)]
        for start in range(0, len(items), options.batch_size):
            batch = []
            for source, (name, stem), given in items[start:][: options.batch_size]:
                with report_errors(options.on_error, name):
                    picture = read_picture(source, name, stem)
                    batch.append((picture, find_faces(picture, given, detector)))
            yield batch

    def _estimate(
        self, batch: list[Sample], options: RunOptions
    ) -> list[tuple[Picture, Heads]]:
        """The heads of a batch; an image that cannot be used is left out."""
        pictures = [picture for picture, _ in batch]
        try:
            boxes = [faces for _, faces in batch]
            heads = self._see(pictures, boxes, options.bbox_thr)
            return [*zip(pictures, heads, strict=True)]
        except PICTURE_ERRORS:
            if options.on_error is None:
                raise
        found = []
        for picture, faces in batch:
            with report_errors(options.on_error, picture.name):
                (one,) = self._see([picture], [faces], options.bbox_thr)
                found.append((picture, one))
        return found

    def _run_video(self, source: str, options: RunOptions) -> Iterator[BatchResult]:
        info = self.video_info  # of this call, whatever others come before its end
        tracker = self._build_tracker(options)
        video = VideoRun(source, self.kept_files)
        try:
            with video:
                yield from self._frames(video, tracker, options)
        finally:  # after the files are closed: names those that are there
            info.update(video.info())

    def _build_tracker(self, options: RunOptions) -> FrameTracker:
        if self.estimator.finds_heads:
            return FrameTracker(options.smooth)
        is_given = options.bboxes is not None
        return BoxTracker(
            None if is_given else limit(self.detector, options.bbox_thr),
            options.bboxes,
            options.detect_every,
            options.smooth,
            of_faces=self.estimator.of_faces,
        )

    def _frames(
        self, video: VideoRun, tracker: FrameTracker, options: RunOptions
    ) -> Iterator[BatchResult]:
        """The frames one by one, since the boxes of one depend on the one before."""
        show = options.show or is_camera(video.name)
        options = replace(options, show=show, wait_time=1)
        for index, time_s, frame in self._track(video.reader, video.reader.n_frames):
            name = f'{video.name}, frame {index}'
            picture = Picture(name, f'{index:06d}', frame, index, time_s)
            faces = tracker.propose(picture)
            (heads,) = self._see([picture], [faces], options.bbox_thr)
            tracked = [(picture, tracker.update(time_s, heads))]
            found = self._output(tracked, options, video)
            yield found
            if found.is_stopped:
                return

    def _output(
        self,
        found: list[tuple[Picture, Heads]],
        options: RunOptions,
        files: PictureFiles | VideoRun,
    ) -> BatchResult:
        """Draw, show and write what was found."""
        is_frame = isinstance(files, VideoRun)
        done = BatchResult([], [], [], [], is_frame=is_frame)
        for picture, heads in found:
            dicts = heads.to_dicts()
            done.pictures.append(picture)
            done.heads.append(heads)
            done.dicts.append(dicts)
            if options.return_vis or options.show or options.vis_out_dir:
                # A frame was read to be drawn; a picture may be the caller's array.
                drawn = self._draw(picture, dicts, options, in_place=is_frame)
                done.drawn.append(drawn)
                if options.vis_out_dir:
                    files.write_drawn(picture, drawn, options.vis_out_dir)
                if options.show:
                    is_key = show_picture('head pose', drawn, int(options.wait_time))
                    done.is_stopped |= is_key
            if options.pred_out_dir:
                files.write_heads(picture, round_heads(dicts), options.pred_out_dir)
        if isinstance(files, PictureFiles):
            done.files, files.written = files.written, []
        return done

    def _draw(
        self,
        picture: Picture,
        heads: list[HeadDict],
        options: RunOptions,
        in_place: bool,
    ) -> Image:
        style = (options.draw, options.draw_bbox, options.thickness)
        skeleton = self.estimator.skeleton
        return draw_heads(picture.image, heads, *style, skeleton, in_place)

    def _track(self, items: Iterable[Item], count: int | None) -> Iterable[Item]:
        """The items, with a line of progress where one is wanted."""
        return track(items, count) if self.show_progress else items
