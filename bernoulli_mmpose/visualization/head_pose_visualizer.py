"""MMPose's visualizer, with the heads' axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import VISUALIZERS
from mmpose.structures import PoseDataSample, merge_data_samples
from mmpose.structures.utils import revert_heatmap
from mmpose.visualization import PoseLocalVisualizer
from numpy.typing import NDArray

from bernoulli_headpose.drawing import (
    Image,
    add_axes,
    add_cube,
    add_label,
    angles_to_label,
    as_image,
    contact_sheet,
    draw_label,
    draw_scaled_overlay,
    fitting_thickness,
)
from bernoulli_headpose.rotation import ANGLE_NAMES, euler_to_matrix

from ..tip_keypoints import meta_without_tips, without_tips

_LABEL_LIGHTNESS = 0.5


class _Head(NamedTuple):
    """A head to draw: degrees (NaN where unknown), a matrix (3, 3) and pixels."""

    angles: NDArray[np.float64]
    rotation: NDArray[np.float64]
    std: NDArray[np.float64] | None
    center: NDArray[np.float64]
    box: NDArray[np.float64] | None
    labelled: bool


@VISUALIZERS.register_module()
class HeadPoseVisualizer(PoseLocalVisualizer):
    """``PoseLocalVisualizer`` that draws the pose of every head too.

    Keypoints, skeletons and boxes are the parent's. A head is drawn where
    ``head_angles`` are: of a labelled one (``head_angles_valid``) the known angles,
    lighter, the unknown ones taken as 0; of a predicted one all, if its score reaches
    ``kpt_thr``. With ``draw_heatmap`` the maps of the head centre and of each angle
    share one picture below the image. Images are RGB, as in the parent.

    Args:
        name: Name by which MMEngine finds the instance.
        *args: Further arguments of ``PoseLocalVisualizer``.
        axes: Whether to draw the axes: x red, y green, z (nose) blue.
        cube: Whether to draw a wire cube.
        text: Whether to write the angles in degrees, with their standard deviations
            in brackets where they are known, at the lower left of the head's box.
        axis_share: Length of an axis over the longer side of the head's box (of the
            image where there is no box); a cube's edge is as long.
        **kwargs: Further arguments of ``PoseLocalVisualizer``.

    Raises:
        ValueError: If the share is not positive.
    """

    def __init__(
        self,
        name: str = 'visualizer',
        *args: Any,
        axes: bool = True,
        cube: bool = False,
        text: bool = True,
        axis_share: float = 0.4,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, *args, **kwargs)
        if not axis_share > 0:
            raise ValueError(f'axis_share: expected a share above 0, got {axis_share}')
        self.axes = axes
        self.cube = cube
        self.text = text
        self.axis_share = axis_share

    def set_dataset_meta(
        self, dataset_meta: Any, skeleton_style: str = 'mmpose'
    ) -> None:
        """Set the keypoints' names and colours; the axes' tips are left out."""
        if isinstance(dataset_meta, Mapping):
            dataset_meta = meta_without_tips(dataset_meta)
        super().set_dataset_meta(dataset_meta, skeleton_style)

    def add_datasample(
        self,
        name: str,
        image: Image,
        data_sample: PoseDataSample,
        *args: Any,
        **kwargs: Any,
    ) -> Image:
        """Draw a data sample and hand it to the backends, as the parent does.

        Args:
            name: Name of the picture.
            image: RGB, shape (H, W, 3), uint8.
            data_sample: One head, or an image's heads merged.
            *args: Further arguments of ``PoseLocalVisualizer``.
            **kwargs: Further arguments of ``PoseLocalVisualizer``.

        Returns:
            The picture, RGB.
        """
        sample = _place_angle_maps(data_sample, image.shape[:2])
        return super().add_datasample(name, image, sample, *args, **kwargs)

    def _draw_instances_kpts(
        self,
        image: Image,
        instances: InstanceData,
        kpt_thr: float = 0.3,
        *args: Any,
        **kwargs: Any,
    ) -> Image:
        own = without_tips(instances)
        drawn = super()._draw_instances_kpts(image, own, kpt_thr, *args, **kwargs)
        canvas = as_image(drawn)
        for head in _heads_to_draw(own, kpt_thr):
            self._add_head(canvas, head)
        return canvas

    def _add_head(self, canvas: Image, head: _Head) -> None:
        height, width = canvas.shape[:2]
        box = np.array([0.0, 0, width, height]) if head.box is None else head.box
        length = self.axis_share * float((box[2:] - box[:2]).max())
        thickness = fitting_thickness(length, 1 / 40)
        lightness = _LABEL_LIGHTNESS if head.labelled else 0.0
        place = (head.rotation, head.center, length, thickness, lightness)
        if self.cube:
            add_cube(canvas, *place, channel_order='rgb')
        if self.axes:
            add_axes(canvas, *place, channel_order='rgb')
        if self.text:
            label = angles_to_label('', head.angles, head.std)
            scale = float(np.clip(min(height, width) / 900, 0.3, 1.2))
            add_label(canvas, [label], scale, corner=(box[0], box[3]))

    def _draw_instance_heatmap(
        self, fields: PixelData, overlaid_image: Image | None = None
    ) -> Image | None:
        """The head centre's (and keypoints') map and the angles' in one picture."""
        picture = super()._draw_instance_heatmap(fields, overlaid_image)
        if picture is None or 'angle_heatmaps' not in fields:
            return picture
        height, width = picture.shape[:2]
        half = (max(1, width // 2), max(1, height // 2))
        ground = np.zeros_like(picture) if overlaid_image is None else overlaid_image
        ground = _resize(ground, half)
        maps = np.asarray(fields.angle_heatmaps)
        named = len(maps) == len(ANGLE_NAMES)
        names = ANGLE_NAMES if named else [f'value {i}' for i in range(len(maps))]
        tiles = [draw_label(_resize(picture, half), ['keypoints'])]
        for name, heatmap in zip(names, maps, strict=True):
            overlay, extreme = draw_scaled_overlay(ground, heatmap, 'rgb')
            tiles.append(draw_label(overlay, [f'{name}, {extreme:+.2f}']))
        # The parent joins pictures of equal size.
        return _resize(contact_sheet(tiles, columns=2), (width, height))


def _resize(image: Image, size: tuple[int, int]) -> Image:
    resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return resized.astype(np.uint8, copy=False)


def _heads_to_draw(instances: InstanceData, threshold: float) -> Iterator[_Head]:
    """Heads that are known well enough."""
    if 'head_angles' not in instances or 'keypoints' not in instances:
        return
    labelled = 'head_angles_valid' in instances
    keypoints = instances.get('transformed_keypoints', instances.keypoints)
    for index in range(len(instances)):
        angles = np.asarray(instances.head_angles[index], dtype=np.float64)
        center = np.asarray(keypoints[index][-1][:2], dtype=np.float64)
        if labelled:
            valid = np.asarray(instances.head_angles_valid[index]) > 0
            angles = np.where(valid, angles, np.nan)
            shown = valid.any()
        else:
            score = instances.get('head_scores', np.ones(len(instances)))[index]
            shown = np.isfinite(angles).all() and score >= threshold
        if not shown or angles.shape != (3,) or not np.isfinite(center).all():
            continue
        std = box = None
        if 'head_angles_std' in instances:
            std = np.asarray(instances.head_angles_std[index], dtype=np.float64)
        if 'bboxes' in instances:
            box = np.asarray(instances.bboxes[index], dtype=np.float64)
            box = box if np.isfinite(box).all() else None
        rotation = euler_to_matrix(np.nan_to_num(angles))
        if 'head_rotation' in instances and not labelled:
            rotation = np.asarray(instances.head_rotation[index], dtype=np.float64)
        yield _Head(angles, rotation, std, center, box, labelled)


def _place_angle_maps(sample: PoseDataSample, shape: tuple[int, ...]) -> PoseDataSample:
    """A sample whose ``pred_fields`` hold the angle maps where they lie in the image.

    Where heads overlap, the value farther from 0 is kept.
    """
    if 'pred_fields' not in sample or 'angle_heatmaps' not in sample.pred_instances:
        return sample
    heads = sample.pred_instances
    if sample.pred_fields.shape != tuple(shape):  # one head, not merged
        sample = merge_data_samples([sample])
    places = zip(
        heads.angle_heatmaps, heads.input_centers, heads.input_scales, strict=True
    )
    maps = np.stack([revert_heatmap(*place, tuple(shape)) for place in places])
    strongest = np.abs(maps).argmax(axis=0)[None]
    angle_maps = np.take_along_axis(maps, strongest, axis=0)[0]
    placed = sample.new()
    placed.pred_fields = PixelData(
        heatmaps=sample.pred_fields.heatmaps, angle_heatmaps=angle_maps
    )
    return placed
