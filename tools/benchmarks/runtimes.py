"""The participants of tools/benchmark_runtime.py, each in processes of its own."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from baselines import mediapipe_landmarks
from numpy.typing import NDArray

from .timing import Call, alternate, spread, timed

TOOLS = Path(__file__).resolve().parents[1]
WORKER = Path(__file__).with_name('runtime_worker.py')
MESH_WORKER = TOOLS / 'baselines' / 'mediapipe_worker.py'
CORES = (1, 2)
Task = Callable[[str], int]  # from its name to how many heads were seen
# A process that is started counts the memory of the one that starts it: this is small.
_LAUNCH = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, seconds, used.ru_maxrss)
sys.exit(code)
"""
_FAULTS = (OSError, RuntimeError, ImportError, ValueError)


@dataclass(frozen=True)
class Participant:
    """Who takes part.

    Attributes:
        name: For the table.
        first: A command, and what it reads, that sees a first photograph.
        start: Starts a process that stays, on some cores, and closes it afterwards.
        tasks: What it can: ``'boxed'``, ``'photo'``, ``'video'``.
    """

    name: str
    first: tuple[list[str], bytes]
    start: Callable[[int], contextlib.AbstractContextManager[Task]]
    tasks: tuple[str, ...] = ('boxed', 'photo', 'video')


def ours(name: str, kind: str, folder: Path) -> Participant:
    """One of :mod:`.runtime_worker` that finds heads itself."""
    first = _command(kind, folder, 1), b'photo\n'
    return Participant(name, first, lambda cores: _worker(kind, folder, cores))


def fsanet(folder: Path, model: Path) -> Participant:
    """FSA-Net in a file of ONNX, which has to be given a face's box."""
    first = _command('fsanet', folder, 1, str(model)), b'boxed\n'

    def start(cores: int) -> contextlib.AbstractContextManager[Task]:
        return _worker('fsanet', folder, cores, str(model))

    return Participant(f'FSA-Net ({model.name})', first, start, ('boxed',))


def mediapipe(folder: Path, python: str) -> Participant:
    """MediaPipe's face mesh; with a box given, and in videos, without its detector."""
    photo = np.asarray(cv2.imread(str(folder / 'photo.jpg')))
    request = struct.pack('<3I', *photo.shape[:2], 1) + photo.tobytes()

    @contextlib.contextmanager
    def start(cores: int) -> Iterator[Task]:
        with contextlib.ExitStack() as stack:
            with _on_cores(cores):
                still, moving = (
                    stack.enter_context(mediapipe_landmarks.FaceMesh(python, video))
                    for video in (False, True)
                )
            yield _mesh_task(still, moving, photo, folder)

    first = [python, str(MESH_WORKER)], request
    return Participant("MediaPipe's face mesh", first, start)


def _mesh_task(
    still: mediapipe_landmarks.FaceMesh,
    moving: mediapipe_landmarks.FaceMesh,
    photo: NDArray[np.uint8],
    folder: Path,
) -> Task:
    box = np.loadtxt(folder / 'box.txt')
    corners = np.concatenate([box[:2], box[2:] - box[:2]])
    part, _, _ = mediapipe_landmarks.cut_head(photo, corners)

    def run(task: str) -> int:
        if task == 'boxed':
            return int(moving.find(part) is not None)
        if task == 'photo':
            return int(still.find(photo) is not None)
        video = cv2.VideoCapture(str(folder / 'clip.mp4'))
        frames = iter(video.read, (False, None))
        return sum(moving.find(np.asarray(frame)) is not None for _, frame in frames)

    return run


def _command(kind: str, folder: Path, threads: int, *words: str) -> list[str]:
    return [sys.executable, str(WORKER), kind, str(folder), str(threads), *words]


def environment(cores: int) -> dict[str, str]:
    """That of a process which imports what a clone has."""
    places = [str(TOOLS.parent), str(TOOLS), os.environ.get('PYTHONPATH', '')]
    path = os.pathsep.join(filter(None, places))
    return {**os.environ, 'PYTHONPATH': path, 'OMP_NUM_THREADS': str(cores)}


@contextlib.contextmanager
def _on_cores(count: int) -> Iterator[None]:
    """Hold this process, and those that it starts, to some of its cores."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(own)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


@contextlib.contextmanager
def _worker(kind: str, folder: Path, cores: int, *words: str) -> Iterator[Task]:
    with tempfile.TemporaryFile() as said:
        with _on_cores(cores):
            process = subprocess.Popen(
                _command(kind, folder, cores, *words),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=environment(cores),
            )
        assert process.stdin is not None, 'it is a pipe'
        assert process.stdout is not None, 'it is a pipe'
        stdin, stdout = process.stdin, process.stdout

        def run(task: str) -> int:
            with contextlib.suppress(BrokenPipeError):  # its words are told below
                stdin.write(f'{task}\n'.encode())
                stdin.flush()
            answer = stdout.readline()
            if not answer:
                process.wait()
                said.seek(0)
                raise RuntimeError(f'it ended and said: {_last_line(said.read())}')
            return int(answer)

        try:
            yield run
        finally:
            process.kill()
            process.communicate()


def _last_line(said: bytes) -> str:
    lines = said.decode(errors='replace').strip().splitlines()
    return lines[-1] if lines else 'nothing'


def see_first(participant: Participant) -> tuple[float, float, float]:
    """A first photograph in a fresh process, on one core.

    Returns:
        Processor time and time in seconds, and peak memory in megabytes.

    Raises:
        RuntimeError: If the process fails.
    """
    command, given = participant.first
    with _on_cores(1):
        done = subprocess.run(
            [sys.executable, '-I', '-S', '-c', _LAUNCH, *command],
            input=given,
            capture_output=True,
            env=environment(1),
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f'it ended and said: {_last_line(done.stderr)}')
    processor, seconds, kilobytes = map(float, done.stdout.split())
    return processor, seconds, kilobytes * 1024 / 1e6


def measure(participants: list[Participant], frames: int, rounds: int) -> str:
    """All of them in turns, as a table in Markdown and who could not take part.

    Args:
        participants: Who is asked to take part.
        frames: Length of the clip.
        rounds: Of each figure.
    """
    able, refused = _try_all(participants, frames)
    cells = {one.name: [one.name] for one in able}
    seen: dict[str, list[tuple[float, float, float]]] = {one.name: [] for one in able}

    def note(one: Participant) -> None:
        seen[one.name].append(see_first(one))

    calls: dict[str, Call] = {one.name: partial(note, one) for one in able}
    alternate(calls, rounds)
    for name, values in seen.items():
        forms = ('.2f', '.2f', '.0f')
        columns = zip(zip(*values[1:], strict=True), forms, strict=True)  # warmed up
        cells[name] += [spread(column, form) for column, form in columns]
    for task, cores, count in (
        *(('boxed', 1, 1), ('photo', 1, 1)),
        *(('video', cores, frames) for cores in CORES),
    ):
        rates = _rates(able, task, cores, count, rounds)
        for name, row in cells.items():
            row.append(spread(rates[name], '.1f') if name in rates else '-')
    return _markdown(list(cells.values()), refused)


def _try_all(
    participants: list[Participant], frames: int
) -> tuple[list[Participant], list[str]]:
    """Those that see a head by every task of theirs, and why others do not."""
    able, refused = [], []
    for one in participants:
        try:
            with one.start(1) as run:
                for task in one.tasks:
                    least = frames // 2 if task == 'video' else 1
                    if (count := run(task)) < least:
                        raise ValueError(f'{task}: it sees {count} heads')
            see_first(one)
            able.append(one)
        except _FAULTS as error:
            refused.append(f'{one.name}: {error}')
    return able, refused


def _rates(
    participants: list[Participant], task: str, cores: int, count: int, rounds: int
) -> dict[str, list[float]]:
    """Pictures a second of who can do a task, in turns."""
    with contextlib.ExitStack() as stack:
        runs = {
            one.name: stack.enter_context(one.start(cores))
            for one in participants
            if task in one.tasks
        }
        calls: dict[str, Call] = {n: partial(run, task) for n, run in runs.items()}
        seconds = timed(calls, rounds) if count == 1 else alternate(calls, rounds)
    return {name: [count / s for s in values] for name, values in seconds.items()}


def _markdown(rows: list[list[str]], refused: list[str]) -> str:
    header = [
        *('', 'first photograph: processor, s', 'time, s', 'peak memory, MB'),
        *('images/s, box given', 'images/s, box found'),
        *(f'frames/s, {count} core{"s" * (count > 1)}' for count in CORES),
    ]
    lines = [header, ['---', *['---:'] * (len(header) - 1)], *rows]
    table = '\n'.join(f'| {" | ".join(line)} |' for line in lines)
    return '\n'.join([table, '', *(f'Not measured: {one}' for one in refused)]) + '\n'
