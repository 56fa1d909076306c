"""Shards through Ray Data, on the cores of this machine or on a cluster's."""

from __future__ import annotations

import logging
import math
import os
import socket
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# Read where Ray is imported: it tells nobody of its use, and little to the terminal.
os.environ.setdefault('RAY_USAGE_STATS_ENABLED', '0')
os.environ.setdefault('RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO', '0')
os.environ.setdefault('RAY_BACKEND_LOG_LEVEL', 'fatal')
os.environ.setdefault('RAY_DEDUP_LOGS_SKIP_REGEX', 'infinite retries remaining')

import ray  # noqa: E402
import ray.data  # noqa: E402
from ray.exceptions import RayError  # noqa: E402

from .inputs import Shard  # noqa: E402
from .worker import Job, ShardWorker  # noqa: E402

_OBJECT_STORE = 256 * 2**20  # bytes; only lists of paths go through it
_ADDRESS = '--address (or $RAY_ADDRESS)'
_ANSWER_S = 5.0  # within which a cluster answers, seconds


class _ShardTask:
    """A :class:`.ShardWorker` that takes and gives rows of Ray Data."""

    def __init__(self, job: Job) -> None:
        self._work = ShardWorker(job)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        # As bytes, since names of files need not be text.
        paths = os.fsdecode(row['paths']).split('\0')
        places = array('q', row['places']).tolist()
        pictures, failure = self._work(Shard(row['number'], places, paths))
        return dict(number=row['number'], pictures=pictures, failure=failure)


@contextmanager
def cluster(address: str | None, workers: int | None) -> Iterator[int]:
    """Ray, as long as the block lasts.

    Args:
        address: Of a cluster that runs already; None takes ``$RAY_ADDRESS``, or else
            starts one on this machine.
        workers: How many there are to be; None takes one a core.

    Yields:
        The number of workers.

    Raises:
        ValueError: If the address is none.
        ConnectionError: If there is no cluster at the address.
    """
    address = address or os.environ.get('RAY_ADDRESS') or 'local'
    if address not in ('auto', 'local') and '://' not in address:
        _check_reachable(address)
    own: dict[str, Any] = {}
    if address == 'local':
        own = dict(num_cpus=workers, object_store_memory=_OBJECT_STORE)
        own |= dict(include_dashboard=False)
    with _no_stderr():  # it says there that it will say nothing
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **own)
    try:
        yield workers or max(1, int(ray.cluster_resources().get('CPU', 1)))
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Make sure that somebody listens there: Ray would try for minutes."""
    host, _, port = address.rpartition(':')
    if not host or not port.isdecimal():
        raise ValueError(f'{_ADDRESS}: expected HOST:PORT or auto, got {address}')
    try:
        socket.create_connection((host.strip('[]'), int(port)), _ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise ConnectionError(
            f'{_ADDRESS}: expected a Ray cluster at {address}, found none ({error})'
        ) from None


def run_shards(
    shards: Sequence[Shard], job: Job, workers: int, on_gpu: bool
) -> Iterator[int]:
    """Let workers do all shards; one that dies is started again, with its shard.

    Args:
        shards: One or more, those that take longest first.
        job: What is to be done with them.
        workers: How many work at a time.
        on_gpu: Whether they share the cluster's GPUs.

    Yields:
        The number of pictures and frames of a shard, when it is written.

    Raises:
        RuntimeError: If a shard cannot be written, or Ray gives up.
    """
    _quiet()
    rows = [
        dict(
            number=number,
            places=array('q', places).tobytes(),
            paths=os.fsencode('\0'.join(paths)),
        )
        for number, places, paths in shards
    ]
    workers = min(workers, len(rows))
    # A block a shard, so that a task of Ray is a shard.
    task: Any = _ShardTask
    found = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
        task,
        fn_constructor_args=(job,),
        compute=ray.data.ActorPoolStrategy(
            size=workers, max_tasks_in_flight_per_actor=1
        ),
        num_cpus=1,
        num_gpus=_share_of_gpu(workers) if on_gpu else None,
    )
    try:
        for row in found.iter_rows():
            if row['failure']:
                raise RuntimeError(f'shard {row["number"]}: {row["failure"]}')
            yield row['pictures']
    except RayError as error:
        raise RuntimeError(f'Ray gave up: {error}') from error


def _share_of_gpu(workers: int) -> float:
    """Of one GPU, so that all workers find a place on those that are there."""
    n_gpus = int(ray.cluster_resources().get('GPU', 0))
    if not n_gpus:
        raise ValueError('--device: expected a GPU in the cluster, Ray knows of none')
    return 1 / math.ceil(workers / n_gpus)


@contextmanager
def _no_stderr() -> Iterator[None]:
    """Drop what is written to the standard error, also by compiled code."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _quiet() -> None:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger('ray.data').setLevel(logging.ERROR)
