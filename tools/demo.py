"""Render, train, test and draw: the whole path on heads made by this project.

The heads are a rendered stand-in in BIWI's layout; the figures say that the path
works, not how well the method does on photographs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bernoulli_headpose.files import printable
from bernoulli_headpose.terminal import CommandParser, run_command

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / 'tools'
CONFIG = ROOT / 'configs' / 'bernoulli_hrnet-small_biwi.py'


def parse_args() -> argparse.Namespace:
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/demo'), help='folder to write to'
    )
    parser.add_argument('--frames', type=int, default=60, help='frames a sequence')
    parser.add_argument('--epochs', type=int, default=55, help='of the training')
    return parser.parse_args()


def run(title: str, *command: object, log: Path | None = None) -> None:
    """Run one step; its output goes to the terminal or to a log file.

    Raises:
        SystemExit: If the step fails.
    """
    words = [str(word) for word in command]
    print(f'\n== {title}\n$ {printable(" ".join(words))}', flush=True)
    start = time.monotonic()
    if log is None:
        status = subprocess.run(words, cwd=ROOT, check=False).returncode
    else:
        print(f'  (log: {printable(log)})', flush=True)
        with log.open('w') as stream:
            status = subprocess.run(
                words, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, check=False
            ).returncode
    if status:
        where = printable(log or 'above')
        sys.exit(f'{title}: expected exit status 0, got {status}; see {where}')
    print(f'  {time.monotonic() - start:.0f} s', flush=True)


def clear_sample(folder: Path) -> None:
    """Remove an earlier rendered sample, and nothing else.

    Raises:
        SystemExit: If the folder holds something else.
    """
    if not folder.exists():
        return
    from bernoulli_mmpose.datasets.biwi_files import is_rendered

    if not is_rendered(folder):
        sys.exit(
            f'{printable(folder)}: expected no folder or a rendered sample; not touched'
        )
    shutil.rmtree(folder)


def render(out: Path, frames: int) -> None:
    """Render the sample, and draw what the network will see of it."""
    folder = out / 'data' / 'biwi'
    clear_sample(folder)
    run(
        'Render a stand-in for BIWI',
        sys.executable, TOOLS / 'render_biwi_sample.py', folder,
        '--frames-per-sequence', frames, '--jobs', min(2, os.cpu_count() or 1),
    )  # fmt: skip
    run(
        'Look at what the network will see',
        sys.executable, TOOLS / 'browse_dataset.py', CONFIG,
        '--out', out / 'samples', '--number', 16,
    )  # fmt: skip


def train_and_test(out: Path, epochs: int, results: Path) -> None:
    """Train for some epochs, test the last checkpoint, and keep its results."""
    mim, work = Path(sys.executable).with_name('mim'), out / 'train'
    run(
        'Train', mim, 'train', 'mmpose', CONFIG, '--work-dir', work,
        '--cfg-options',
        f'train_cfg.max_epochs={epochs}', f'train_cfg.val_interval={epochs}',
        f'param_scheduler.1.T_max={epochs}', 'train_dataloader.batch_size=32',
        log=out / 'train.log',
    )  # fmt: skip
    run(
        'Test', mim, 'test', 'mmpose', CONFIG,
        '--checkpoint', work / f'epoch_{epochs}.pth', '--work-dir', out / 'test',
        '--cfg-options', f'test_evaluator.dump_file={results}',
        log=out / 'test.log',
    )  # fmt: skip


def main() -> None:
    args = parse_args()
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    os.environ['BERNOULLI_DATA_ROOT'] = str(out / 'data')
    os.environ['BERNOULLI_CACHE_DIR'] = str(out / 'cache')
    # The loader's processes need cores too.
    os.environ['OMP_NUM_THREADS'] = str(max(1, (os.cpu_count() or 1) - 1))
    start, results = time.monotonic(), out / 'results.csv'
    render(out, args.frames)
    train_and_test(out, args.epochs, results)
    run(
        'Tables, plots and pictures', sys.executable, TOOLS / 'summarize.py', results,
        '--out', out / 'summary', '--pictures', 12, '--names', 'rendered heads',
    )  # fmt: skip
    from bernoulli_mmpose.evaluation.criteria import all_metrics
    from bernoulli_mmpose.evaluation.results import LABELS, PREDICTED, read_results

    heads = read_results(results)
    figures = all_metrics(heads[PREDICTED], heads[LABELS], heads['geodesic_deg'])
    error, baseline = figures['mae'], figures['baseline_mae']
    print(
        f'\nMAE {error:.2f} degrees on {len(heads)} rendered heads of unseen people; '
        f'predicting the mean {baseline:.2f} ({error / baseline:.2f} of it). '
        f'{time.monotonic() - start:.0f} s. Everything is in {printable(out)}.'
    )
    if error * 3 > baseline:
        sys.exit('expected an MAE below a third of predicting the mean')


if __name__ == '__main__':
    sys.exit(run_command(main))
