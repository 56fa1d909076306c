"""In the place of a network that finds heads: one that finds white discs."""

import cv2
import numpy as np
import torch
from mmpose.registry import KEYPOINT_CODECS

from bernoulli_headpose.rotation import euler_to_matrix

ANGLES = (10.0, -20.0, 30.0)


def see_discs(model, angles=ANGLES, codec=None, peak=1.0):
    """Let a model see a head of these angles and score in each white disc."""
    config = codec or dict(model.cfg.codec)

    def find(image):
        light = image.mean(dim=0).numpy() > 1.0  # of normalised colours
        _, _, stats, places = cv2.connectedComponentsWithStats(light.astype(np.uint8))
        boxes = stats[1:, :2], stats[1:, :2] + stats[1:, 2:4]
        return places[1:], np.concatenate(boxes, axis=1)

    def maps(image):
        centers, boxes = find(image)
        height, width = image.shape[1:]
        sizes = dict(input_size=(width, height), heatmap_size=(width // 4, height // 4))
        limits = (1, min(24, height / 8, width / 8))
        built = KEYPOINT_CODECS.build({**config, **sizes, 'radius_limits': limits})
        count = len(centers)
        values = dict(
            head_rotation=np.tile(euler_to_matrix(angles), (count, 1, 1)),
            head_angles_valid=np.ones((count, 3)),
        )
        encoded = built.encode(centers[:, None], bbox=boxes, **values)
        return np.concatenate([peak * encoded['heatmaps'], encoded['angle_heatmaps']])

    model.extract_feat = lambda images: images
    model.head.forward = lambda images: torch.from_numpy(
        np.stack([maps(image) for image in images])
    ).float()


def draw_discs(size, places):
    """A dark picture of (width, height) with white discs: (x, y, diameter) each."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    for x, y, diameter in places:
        cv2.circle(image, (x, y), diameter // 2, (255, 255, 255), -1)
    return image
