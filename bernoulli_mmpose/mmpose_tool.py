"""Run one of MMPose's own tools on the configs and checkpoints of this package.

python -m bernoulli_mmpose.mmpose_tool get_flops CONFIG --input-shape 64 64

'mim run' imports MMPose first, which fails beside mmcv-lite.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

import mmpose


def find_tool(name: str) -> Path:
    """The tool of a name.

    Raises:
        ValueError: If MMPose has none of that name.
    """
    package = Path(mmpose.__file__).parent
    folders = package / '.mim' / 'tools', package.parent / 'tools'  # wheel, clone
    tools = {path.stem: path for folder in folders for path in folder.rglob('*.py')}
    if name not in tools:
        raise ValueError(f'expected one of {", ".join(sorted(tools))}, got {name!r}')
    return tools[name]


def main(words: Sequence[str]) -> None:
    """Run the tool that the first word names with the others."""
    if not words:
        sys.exit(__doc__)
    try:
        tool = find_tool(words[0])
    except ValueError as error:
        sys.exit(f'error: {error}')
    sys.argv = [str(tool), *words[1:]]
    runpy.run_path(str(tool), run_name='__main__')


if __name__ == '__main__':
    main(sys.argv[1:])
