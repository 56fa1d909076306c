"""Read many broken files, and count what comes of it.

A good file of each kind is changed at random, by a seed, and read. It may be read, with
finite numbers, or refused by an error that tells its name. Anything else is a fault: a
foreign error, NaN, more than ten seconds, a crash. The files of faults are kept.

python tools/fuzz.py --cases 100000
python tools/fuzz.py --only table.csv --first 17 --cases 1    # one case again
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import os
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from fuzzing.mutations import mutate
from rich.console import Console
from rich.table import Table

from bernoulli_headpose.terminal import CommandParser

if TYPE_CHECKING:
    from fuzzing.readers import Reader

SECONDS = 10.0
MEMORY = 3 << 30  # bytes beyond those of the start
FINE = ('read', 'refused')
FAULTS = ('foreign', 'not finite', 'slow', 'crash')


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__.splitlines()[0])
    parser.add_argument('--cases', type=int, default=1000, help='files')
    parser.add_argument('--first', type=int, default=0, help='number of the first')
    parser.add_argument('--seed', type=int, default=0, help='of what is broken')
    parser.add_argument('--only', default='', help='kinds whose name holds this')
    parser.add_argument('--out', type=Path, help='folder for the files that are faults')
    return parser.parse_args(arguments)


class Run:
    """The cases of one kind, read in processes of which each may die.

    Args:
        reader: The kind.
        seed: Of all.
        out: Folder for the files of faults; None keeps none.
    """

    def __init__(self, reader: Reader, seed: int, out: Path | None) -> None:
        self.reader = reader
        self.seed = [seed, zlib.crc32(reader.name.encode())]
        self.out = out
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def cases(self, first: int, count: int) -> None:
        """Read the cases from ``first`` on.

        Raises:
            RuntimeError: If the good file is not read, so that no case says anything.
        """
        with tempfile.TemporaryDirectory() as folder:
            victim = self.reader.make(Path(folder))
            good = victim.read_bytes()
            with contextlib.redirect_stdout(None):
                kind, detail = outcome(self.reader, victim)
            if kind != 'read':
                raise RuntimeError(f'{self.reader.name}: the good file: {detail}')
            case = first
            while case < first + count:
                case = self._read_from(victim, good, case, first + count)

    def _read_from(self, victim: Path, good: bytes, case: int, end: int) -> int:
        """Read until all are, or the process dies; gives the next case."""
        context = multiprocessing.get_context('fork')
        parent, child = context.Pipe()
        process = context.Process(
            target=self._read_all, args=(victim, good, case, end, child)
        )
        process.start()
        child.close()
        try:
            while case < end:
                if not parent.poll(SECONDS):
                    self._count(case, good, 'slow', f'more than {SECONDS:g} s')
                    return case + 1
                self._count(case, good, *parent.recv())
                case += 1
        except EOFError:
            process.join()
            self._count(case, good, 'crash', f'exit code {process.exitcode}')
            case += 1
        finally:
            process.kill()
            process.join()
        return case

    def _read_all(
        self, victim: Path, good: bytes, case: int, end: int, pipe: Connection
    ) -> None:
        """In the other process: what comes of each case."""
        size = os.sysconf('SC_PAGE_SIZE')
        pages = int(Path('/proc/self/statm').read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * size + MEMORY,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        for number in range(case, end):
            victim.write_bytes(self.content(good, number))
            pipe.send(outcome(self.reader, victim))
        os._exit(0)

    def content(self, good: bytes, case: int) -> bytes:
        """The file of a case."""
        return mutate(good, np.random.default_rng([*self.seed, case]))

    def _count(self, case: int, good: bytes, kind: str, detail: str) -> None:
        self.counts[kind] += 1
        if kind in FINE:
            return
        name = f'{self.reader.name} {case}: {kind}'
        self.examples.setdefault(f'{kind}: {detail}', f'case {case}')
        if self.out is not None:
            self.out.mkdir(parents=True, exist_ok=True)
            path = self.out / name.replace('/', '-').replace(': ', '-')
            path.write_bytes(self.content(good, case))


def outcome(reader: Reader, victim: Path) -> tuple[str, str]:
    """What comes of reading a file: a kind, and more of it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            for numbers in reader.read(victim):
                if not np.isfinite(np.asarray(numbers, dtype=np.float64)).all():
                    return 'not finite', str(numbers)[:200]
    except (ValueError, OSError, KeyError) as error:
        named = any(path.name in str(error) for path in victim.parent.iterdir())
        if named or not reader.has_name:
            return 'refused', place_of(error)
        return 'foreign', f'no file name: {place_of(error)}'
    except Exception as error:
        return 'foreign', place_of(error)
    return 'read', ''


def place_of(error: BaseException) -> str:
    """Kind, text and place of an error."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    text = str(error).splitlines() or ['']
    file = f'{Path(last.filename).name}:{last.lineno}'
    return f'{type(error).__name__}: {text[0][:150]} ({file})'


def shares(chosen: Sequence[Reader], cases: int) -> Iterator[tuple[Reader, int]]:
    """How many cases each kind gets."""
    total = sum(reader.share for reader in chosen)
    for reader in chosen:
        yield reader, max(1, round(cases * reader.share / total))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the cases; returns 1 if there was a fault."""
    args = parse_args(arguments)
    import torch
    from fuzzing.readers import readers
    from mmengine.registry import init_default_scope

    chosen = [reader for reader in readers() if args.only in reader.name]
    if not chosen:
        names = ', '.join(reader.name for reader in readers())
        sys.exit(f'error: --only: expected a part of one of {names}, got {args.only}')
    init_default_scope('mmpose')
    torch.set_num_threads(1)  # threads do not survive a fork
    cv2.setNumThreads(0)
    gc.collect()
    gc.freeze()  # MMEngine collects garbage for each data set: not what was imported
    table = Table('kind', 'cases', *FINE, *FAULTS, 's')
    console = Console(width=None if sys.stdout.isatty() else 120, markup=False)
    faults = 0
    with tempfile.TemporaryDirectory() as cache:
        os.environ['BERNOULLI_CACHE_DIR'] = cache
        for reader, count in shares(chosen, args.cases):
            start, run = time.perf_counter(), Run(reader, args.seed, args.out)
            run.cases(args.first, count)
            faults += sum(run.counts[kind] for kind in FAULTS)
            cells = [str(run.counts[kind]) for kind in (*FINE, *FAULTS)]
            seconds = f'{time.perf_counter() - start:.0f}'
            table.add_row(reader.name, str(count), *cells, seconds)
            for text, where in sorted(run.examples.items()):
                console.print(f'{reader.name}, {where}: {text}')
    console.print(table)
    return int(faults > 0)


if __name__ == '__main__':
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
