"""Head pose with numpy, OpenCV and onnxruntime alone.

usage: python onnx_example.py MODEL.onnx IMAGE [X1 Y1 X2 Y2]

The numbers are the face's box in pixels; without them, the whole image is taken.

The picture is read by OpenCV alone: a WebP or TIFF is not turned as it says.
"""

import json
import sys
from typing import Any

import cv2
import numpy as np

OUTPUTS = ['angles', 'angles_std', 'center', 'score']
# Of models whose maps hold one; that of the others is made of the angles.
ROTATION_OUTPUTS = ['rotation', 'rotation_std']
# Of models that tell values beside the angles.
VALUE_OUTPUTS = ['values', 'values_std']
# What a file must say of itself.
KINDS = dict(
    angles=lambda value: value == ['pitch', 'yaw', 'roll'],
    color_order=lambda value: value in ('RGB', 'BGR'),
    input_size=lambda value: (
        [type(side) for side in value] == [int, int]
        and all(0 < side < 4097 for side in value)
    ),
    margin=lambda value: -0.5 < value < 100,
    mean=lambda value: np.isfinite(value).all() and len(value) == 3,
    std=lambda value: np.isfinite(value).all() and len(value) == 3 and min(value) > 0,
)


def crop_matrix(box: tuple, margin: float, size: list) -> tuple:
    """(2, 3) matrix from image to crop, and the crop's corner and size in the image."""
    corners = np.array(box, np.float32).reshape(2, 2)
    center, (w, h) = corners.mean(axis=0), (corners[1] - corners[0]) * (1 + 2 * margin)
    aspect = size[0] / size[1]
    scale = np.array([w, w / aspect] if w > h * aspect else [h * aspect, h])
    corner = np.array([[0, 0], [-0.5, 0], [-0.5, 0.5]])  # of a square of side 1
    source = (center + scale[0] * corner).astype(np.float32)
    target = (np.array(size) / 2 + size[0] * corner).astype(np.float32)
    return cv2.getAffineTransform(source, target), center - scale / 2, scale


def to_rotation(angles: np.ndarray) -> np.ndarray:
    """(3, 3) Rx(-pitch) @ Ry(-yaw) @ Rz(-roll): x right, y up, z to the viewer."""
    x, y, z = (cv2.Rodrigues(turn)[0] for turn in np.diag(-np.deg2rad(angles)))
    return x @ y @ z


def open_model(path: str) -> tuple:
    """The session of a model of export_onnx.py, and what the file says of itself."""
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    except Exception as error:  # onnxruntime's have no common base
        raise ValueError(f'{path}: expected an ONNX model, got: {error}') from error
    try:
        inputs = [one.name for one in session.get_inputs()]
        outputs = [one.name for one in session.get_outputs()]
        info = session.get_modelmeta().custom_metadata_map
        wanted = [*KINDS, *(['values'] if 'values' in info else [])]
        info = {key: json.loads(info[key]) for key in wanted}
        odd = [key for key, is_good in KINDS.items() if not is_good(info[key])]
    except (KeyError, TypeError, ValueError, RecursionError):
        odd = ['none of its metadata']
    if odd or inputs != ['images'] or outputs[:4] != OUTPUTS:
        raise ValueError(
            f'{path}: expected a model of one head, as export_onnx.py writes it, '
            f'got {", ".join(odd + inputs + outputs)}'
        )
    return session, info


def main(model: str, image_path: str, *box: Any) -> None:
    session, info = open_model(model)
    image, size = cv2.imread(image_path), info['input_size']  # BGR; (w, h)
    if image is None:
        sys.exit(f'error: {ascii(image_path)[1:-1]}: expected an image')
    margin = info['margin'] if box else 0.0  # the whole image has its margin
    box = tuple(map(float, box)) or (0, 0, *image.shape[1::-1])
    low, high = np.maximum(box[:2], 0), np.minimum(box[2:], image.shape[1::-1])
    if not (np.isfinite(box).all() and (low < high).all()):
        sys.exit(f'error: expected a box X1 Y1 X2 Y2 in the image, got {box}')
    matrix, corner, scale = crop_matrix(box, margin, size)
    crop = cv2.warpAffine(image, matrix, size)
    crop = crop[..., ::-1] if info['color_order'] == 'RGB' else crop
    mean, std = (np.array(info[key], np.float32) for key in ('mean', 'std'))
    batch = ((crop - mean) / std).transpose(2, 0, 1)[None]
    given = [one.name for one in session.get_outputs()]
    optional = [*ROTATION_OUTPUTS, *VALUE_OUTPUTS]
    names = [*OUTPUTS, *(name for name in optional if name in given)]
    try:
        found = dict(zip(names, session.run(names, {'images': batch}), strict=True))
        angles, stds, (center,), (score,) = (found.pop(name) for name in OUTPUTS)
    except Exception as error:
        raise ValueError(f'{model}: expected a model of one head: {error}') from error
    numbers = [angles, stds, center, score, *found.values()]
    if not all(np.isfinite(values).all() for values in numbers):
        raise ValueError(f'{model}: expected finite numbers, got NaN or infinity')
    for name, angle, std in zip(info['angles'], angles[0], stds[0], strict=True):
        print(f'{name} {angle:.4f} +- {std:.4f} degrees')
    for row in found.get('rotation', [to_rotation(angles[0].astype(float))])[0]:
        print('rotation {:+.4f} {:+.4f} {:+.4f}'.format(*row))
    if 'rotation_std' in found:
        print(f'rotation +- {found["rotation_std"][0]:.4f} degrees')
    if 'values' in found:
        rows = found['values'][0], found['values_std'][0]
        for name, value, std in zip(info['values'], *rows, strict=True):
            print(f'{name} {value:.4f} +- {std:.4f}')
    x, y = center / size * scale + corner
    print(f'center {x:.2f} {y:.2f} pixels, score {score:.3f}')


if __name__ == '__main__':
    if sys.argv[1:] in (['-h'], ['--help']):
        print(__doc__)
        sys.exit(0)
    if len(sys.argv) not in (3, 7):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Exception as error:  # noqa: BLE001  (onnxruntime's have no common base)
        sys.exit(f'error: {ascii(str(error))[1:-1]}')
