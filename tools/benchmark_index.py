"""How long 300W-LP takes to start: first, second, and to its first batch.

Writes as many small .mat and .jpg files as 300W-LP has into a temporary folder, in
its layout, and starts the data set twice, each time in a process of its own (its
imports, some seconds, are not counted).
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from console import PlainConsole
from PIL import Image
from rich.progress import track
from rich.table import Table

from bernoulli_headpose.terminal import CommandParser, run_command

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / 'configs' / 'bernoulli_hrnet_300w-lp_aflw2000.py'


def parse_args() -> argparse.Namespace:
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        '--images', type=int, default=122_450, help='in the made folder'
    )
    parser.add_argument('--workers', type=int, default=1, help='of the data loader')
    parser.add_argument('--start', help=argparse.SUPPRESS)
    return parser.parse_args()


def write_files(root: Path, count: int) -> None:
    """One picture under many names; labels drawn at random (seed 0)."""
    from scipy.io import savemat

    from bernoulli_mmpose.datasets.w300lp_dataset import PARTS

    rng = np.random.default_rng(0)
    buffer = io.BytesIO()
    Image.fromarray(np.full((450, 450, 3), 128, np.uint8)).save(buffer, 'JPEG')
    folders = [root / (part + suffix) for part in PARTS for suffix in ('', '_Flip')]
    for folder in folders:
        folder.mkdir()
    points = rng.uniform(150, 300, (2, 68))
    for i in track(range(count), 'Writing files'):
        path = folders[i % len(folders)] / f'face_{i:06d}'
        pose = [*rng.uniform(-1, 1, 3), 0, 0, 0, 1e-3]
        savemat(path.with_suffix('.mat'), dict(Pose_Para=[pose], pt2d=points))
        path.with_suffix('.jpg').write_bytes(buffer.getvalue())


def start(root: str, workers: int) -> None:
    """Print the seconds to the data set and to its first batch."""
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmengine.runner import Runner

    import bernoulli_mmpose  # noqa: F401  (the config would import it)

    begin = time.perf_counter()
    config = Config.fromfile(CONFIG)
    init_default_scope('mmpose')
    loader = config.train_dataloader
    loader.dataset.data_root = root
    loader.update(num_workers=workers)
    built = Runner.build_dataloader(loader, seed=0)
    ready = time.perf_counter() - begin
    next(iter(built))
    print(ready, time.perf_counter() - begin, len(built.dataset))


def main() -> None:
    args = parse_args()
    if args.start:
        start(args.start, args.workers)
        return
    table = Table('', 'data set ready', 'first batch', 'images')
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / '300w_lp'
        root.mkdir()
        write_files(root, args.images)
        environment = {**os.environ, 'BERNOULLI_CACHE_DIR': f'{folder}/cache'}
        command = [sys.executable, __file__, *sys.argv[1:], '--start', str(root)]
        for name in ('first start', 'second start'):
            output = subprocess.run(
                command, check=True, env=environment, stdout=subprocess.PIPE, text=True
            ).stdout
            ready, batch, count = output.splitlines()[-1].split()
            table.add_row(name, f'{float(ready):.1f} s', f'{float(batch):.1f} s', count)
        size = sum(file.stat().st_size for file in Path(folder, 'cache').iterdir())
    PlainConsole().print(table)
    PlainConsole().print(f'index: {size / 1e6:.1f} MB')


if __name__ == '__main__':
    sys.exit(run_command(main))
