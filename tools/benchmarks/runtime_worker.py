"""A participant of tools/benchmark_runtime.py, in a process of its own.

usage: python runtime_worker.py KIND FOLDER THREADS [MODEL]

FOLDER holds ``photo.jpg``, ``box.txt`` with its face's box and ``clip.mp4``. Each line
of the input names a task; the answer is how many heads were seen. Nothing is imported
that the participant does not need, so that the first photograph tells of its start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

Tasks = dict[str, Callable[[], int]]


def head_pose(folder: Path, threads: int) -> Tasks:
    """The light package."""
    from bernoulli_headpose import HeadPose

    estimate = HeadPose(threads=threads)
    photo, box, clip = _given(folder)
    return {
        'photo': lambda: len(estimate(photo)),
        'boxed': lambda: len(estimate(photo, boxes=box)),
        'video': lambda: sum(len(frame.heads) for frame in estimate.video(clip)),
    }


def inferencer(folder: Path, threads: int) -> Tasks:
    """The same models in PyTorch, by MMPose."""
    import torch

    from bernoulli_mmpose import HeadPoseInferencer

    torch.set_num_threads(threads)
    infer = HeadPoseInferencer(device='cpu')
    photo, box, clip = _given(folder)
    return {
        'photo': lambda: len(infer.predict(photo)),
        'boxed': lambda: len(infer.predict(photo, bboxes=box)),
        'video': lambda: sum(len(one['predictions'][0]) for one in infer(clip)),
    }


def fsanet(folder: Path, threads: int, model: str) -> Tasks:
    """FSA-Net in onnxruntime: angles of a face in a box, which others have to find."""
    import cv2
    import numpy as np

    from bernoulli_headpose.boxes import enlarge
    from bernoulli_headpose.estimation.crops import CropRule
    from bernoulli_headpose.onnx.session import open_session

    session = open_session(Path(model), threads=threads)
    given, rule = session.get_inputs()[0].name, CropRule((64, 64))
    photo, box, _ = _given(folder)
    wide = enlarge(np.array([box], np.float32), 0.4)[0]

    def boxed() -> int:
        pixels = rule.cut(np.asarray(cv2.imread(photo)), wide).image.astype(np.float32)
        (angles, *_) = session.run(
            None, {given: (pixels.transpose(2, 0, 1)[None] - 127.5) / 128}
        )
        return len(angles)

    return {'boxed': boxed}


def _given(folder: Path) -> tuple[str, list[float], str]:
    box = [float(number) for number in (folder / 'box.txt').read_text().split()]
    return str(folder / 'photo.jpg'), box, str(folder / 'clip.mp4')


def main(kind: str, folder: str, threads: str, *model: str) -> None:
    import cv2

    cv2.setNumThreads(int(threads))
    participant: Callable[..., Tasks] = globals()[kind]
    with os.fdopen(os.dup(1), 'w') as answers:
        os.dup2(2, 1)  # what else is printed shall not be taken for an answer
        tasks = participant(Path(folder), int(threads), *model)
        for line in sys.stdin:
            print(tasks[line.strip()](), file=answers, flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
