"""Tables of made faces, as the head-pose sets of configs have them."""

import csv
from pathlib import Path

import cv2
import numpy as np

HEADER = 'image,x,y,w,h,pitch,yaw,roll,subject,split'
FACE = 40  # side of a face in the image, pixels


def write_heads(root: Path, roll: str) -> None:
    """Faces in the layout of a head-pose table, ten for training, two for testing."""
    root.mkdir(parents=True)
    rows = []
    for number in range(12):
        pixels = np.full((120, 160, 3), 20 * number, np.uint8)
        cv2.imwrite(str(root / f'{number}.png'), pixels)
        split = 'test' if number < 2 else 'train'
        place = [60, 40, FACE, FACE]
        rows.append([f'{number}.png', *place, 10, -20, roll, f's{number}', split])
    with (root / 'annotations.csv').open('w') as file:
        writer = csv.writer(file)
        file.write(HEADER + '\n')
        writer.writerows(rows)
