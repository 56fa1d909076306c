"""The exported models that come with the package."""

from __future__ import annotations

from pathlib import Path

HEAD_POSE = 'head-pose'  # one head of a crop
FINDER = 'heads'  # all heads of a picture
_FOLDER = Path(__file__).resolve().parents[1] / 'models'


def find_model(model: str | Path | None, usual: str = HEAD_POSE) -> Path:
    """The file of a model.

    Args:
        model: A path, or the name of a model of the package.
        usual: The name that None stands for.
    """
    name = usual if model is None else str(model)
    is_ours = name.lower() in (HEAD_POSE, FINDER) and not Path(name).is_file()
    return _FOLDER / f'{name.lower()}.onnx' if is_ours else Path(name)
