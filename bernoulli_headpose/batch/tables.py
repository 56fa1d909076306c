"""The two tables of a shard, ``heads`` and ``pictures``, as Parquet files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..heads import Head
from ..rotation import ANGLE_NAMES

Row = dict[str, Any]
_ROW_GROUP = 20_000
_NUMBER = pa.float32()
_PLACE = {
    'path': pa.string(),
    'picture': pa.int64(),
    'frame': pa.int64(),
    'time_s': pa.float64(),
    'width': pa.int32(),
    'height': pa.int32(),
}
PICTURES = pa.schema(
    {**_PLACE, 'n_heads': pa.int32(), 'error': pa.string(), 'note': pa.string()}
)


def heads_schema(info: dict[str, Any]) -> pa.Schema:
    """Columns of the heads that a model gives.

    Args:
        info: What its file says of itself, see
            :class:`~bernoulli_headpose.onnx.OnnxModel`.
    """
    named = (*ANGLE_NAMES, 'rotation', *info['values'])
    columns = dict.fromkeys(n for name in named for n in (name, f'{name}_std'))
    columns |= dict.fromkeys(('score', 'center_x', 'center_y'))
    columns |= dict.fromkeys(('x1', 'y1', 'x2', 'y2', 'box_score'))
    schema = {**_PLACE, 'track_id': pa.int64(), **dict.fromkeys(columns, _NUMBER)}
    schema['rotation'] = pa.list_(_NUMBER)
    if info['keypoints']:
        schema['keypoints'] = pa.list_(pa.list_(_NUMBER))
        schema['keypoint_scores'] = pa.list_(_NUMBER)
    return pa.schema(schema)


def head_row(head: Head) -> Row:
    """A head as a row: one number a column, but for the rotation and a body."""
    row = head.to_dict()
    row['rotation'] = head.rotation.ravel().tolist()
    row['center_x'], row['center_y'] = row.pop('center')
    row['x1'], row['y1'], row['x2'], row['y2'] = row.pop('bbox')
    row['box_score'] = row.pop('bbox_score')
    return row


class _Table:
    """Rows on their way into a file, a group at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path, self._schema = path, schema
        self._writer = pq.ParquetWriter(path, schema, compression='zstd')
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        if len(self.rows) >= _ROW_GROUP:
            self._flush()
        self.rows.append(row)

    def _flush(self) -> None:
        table = pa.Table.from_pylist(self.rows, self._schema)
        self._writer.write_table(table)
        self.rows.clear()

    def close(self) -> None:
        """Write the rest, down to the disk: a name must not come before its content."""
        self._flush()
        self._writer.close()
        with self._path.open('rb+') as file:
            os.fsync(file.fileno())


class ShardWriter:
    """Takes what is found in a shard, see :func:`open_shard`.

    Attributes:
        n_pictures: Pictures and frames that were added so far.
    """

    def __init__(self, heads: _Table, pictures: _Table) -> None:
        self._heads, self._pictures = heads, pictures
        self.n_pictures = 0

    def add(self, place: Row, size: tuple[int, int], heads: list[Head]) -> None:
        """Add a picture or frame.

        Args:
            place: Its ``path``, ``picture``, and in a video ``frame`` and ``time_s``.
            size: (w, h) in pixels.
            heads: What is in it.
        """
        place = dict(place, width=size[0], height=size[1])
        for head in heads:
            self._heads.add({**place, **head_row(head)})
        self._pictures.add(dict(place, n_heads=len(heads)))
        self.n_pictures += 1

    def add_broken(self, place: Row, error: str) -> None:
        """Add a picture that cannot be used, or the rest of such a video."""
        self._pictures.add(dict(place, error=error))
        self.n_pictures += 1

    def note(self, text: str) -> None:
        """Say something about the last picture."""
        self._pictures.rows[-1]['note'] = text


@contextmanager
def open_shard(
    heads: Path, pictures: Path, scratch: Path, info: dict[str, Any]
) -> Iterator[ShardWriter]:
    """The files of a shard, which appear when the block ends well.

    The file of the pictures comes last: where it is, the shard is whole.

    Args:
        heads: File of the heads.
        pictures: File of the pictures.
        scratch: Folder where they are written, in the same file system. (Beside them,
            DuckDB would read them: it takes ``*`` for names with a dot before them.)
        info: Of the model, see :func:`heads_schema`.

    Raises:
        OSError: If one cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        parts = Path(folder, 'heads'), Path(folder, 'pictures')
        schemas = heads_schema(info), PICTURES
        tables = [*map(_Table, parts, schemas)]
        yield ShardWriter(*tables)
        for table in tables:
            table.close()
        for part, path in zip(parts, (heads, pictures), strict=True):
            part.replace(path)
