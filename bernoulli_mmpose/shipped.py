"""The models that come with the package: their configs and weights, by name.

``model-index.yml`` and the metafiles it imports list them. They lie beside the
package in a clone, and in its folder ``.mim`` where it is installed, as OpenMMLab's
packages have it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from mmengine.fileio import load
from mmengine.runner import CheckpointLoader

from bernoulli_headpose.sources import CONFIG_SUFFIXES

SHIPPED = 'rotation_hrnet-small_head_96x96'
PACKAGE = Path(__file__).resolve().parent
INDEX = 'model-index.yml'
SCHEME = 'bernoulli_mmpose://'


def shipped_config() -> Path:
    """The config of the model that is taken where none is named.

    Raises:
        FileNotFoundError: If the installation is incomplete.
    """
    return resolve_model(SHIPPED)[0]


def shipped_checkpoint() -> Path:
    """The weights of the model that is taken where none is named.

    Raises:
        FileNotFoundError: If the installation is incomplete.
    """
    checkpoint = resolve_model(SHIPPED)[1]
    if checkpoint is None:
        raise FileNotFoundError(
            f'{index_folder()}: {SHIPPED} is listed without Weights'
        )
    return checkpoint


def config_path(name: str) -> str:
    """Path of a config of the package, for the ``_base_`` of your own.

    ::

        _base_ = __import__('bernoulli_mmpose').config_path('bernoulli_hrnet_biwi')

    Args:
        name: From the folder ``configs``, with or without ``.py``, such as
            ``'_base_/default_runtime'``.

    Raises:
        ValueError: If there is no such config.
    """
    folder = index_folder() / 'configs'
    path = folder / f'{name.removesuffix(".py")}.py'
    if not path.is_file():
        known = sorted(one.stem for one in folder.glob('*.py'))
        raise ValueError(f'config: expected one of {", ".join(known)}, got {name!r}')
    return str(path)


@CheckpointLoader.register_scheme(prefixes=SCHEME)
def load_shipped(
    address: str,
    map_location: str | None = None,
    logger: Any = None,  # noqa: ARG001  (MMEngine's interface)
) -> dict[str, Any]:
    """Weights by ``bernoulli_mmpose://NAME``, wherever the package is.

    So configs name them for MMEngine, as in ``init_cfg`` or ``load_from``.

    Raises:
        ValueError: If there is no such model, or it comes without weights.
    """
    weights = resolve_model(address.removeprefix(SCHEME))[1]
    if weights is None:
        raise ValueError(f'{address}: expected a model that comes with weights')
    return torch.load(weights, map_location=map_location, weights_only=True)


def resolve_model(name_or_path: str | Path) -> tuple[Path, Path | None]:
    """Find the config and the weights of a model.

    Args:
        name_or_path: Path of a config, or, in any case, a name or an alias of
            ``model_names()``. An existing file is taken first.

    Returns:
        Path of the config, and of the weights: None for a config given by its
        path, whose weights only the caller knows.

    Raises:
        ValueError: If it is no name, or a file that is no config.
        FileNotFoundError: If a file of a listed model is missing.
    """
    path = Path(name_or_path)
    if path.is_file():
        if path.suffix not in CONFIG_SUFFIXES:
            raise ValueError(
                f'model: expected a config ({", ".join(CONFIG_SUFFIXES)}) or one of '
                f'{", ".join(model_names())}; got the file {path}'
            )
        return path, None
    for model in read_models():
        if str(name_or_path).lower() in names_of(model):
            weights = model.get('Weights')
            return (
                require_file(index_folder() / model['Config']),
                require_file(PACKAGE.parent / weights) if weights else None,
            )
    raise ValueError(
        f'model: expected the path of a config or one of {", ".join(model_names())}; '
        f"got '{name_or_path}', which is neither"
    )


def model_names() -> list[str]:
    """Names and aliases of the models that come with the package."""
    return [name for model in read_models() for name in names_of(model)]


def names_of(model: dict[str, Any]) -> list[str]:
    """Name and aliases of one model of a metafile, in lower case."""
    return [name.lower() for name in (model['Name'], *model.get('Alias', []))]


def read_models() -> Iterator[dict[str, Any]]:
    """Read the entries ``Models`` of all metafiles.

    Raises:
        FileNotFoundError: If the index or a metafile is missing.
    """
    folder = index_folder()
    for metafile in load(str(folder / INDEX))['Import']:
        yield from load(str(require_file(folder / metafile)))['Models']


def index_folder() -> Path:
    """The folder that the paths of the index start from.

    Raises:
        FileNotFoundError: If there is no index.
    """
    folders = (PACKAGE / '.mim', PACKAGE.parent)
    for folder in folders:
        if (folder / INDEX).is_file():
            return folder
    raise FileNotFoundError(
        f'{INDEX} was expected in {folders[0]} (installed) or {folders[1]} (a clone): '
        'install bernoulli_mmpose again'
    )


def require_file(path: Path) -> Path:
    """Follow links to a file.

    Raises:
        FileNotFoundError: If it is not there.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'{path} is listed in {INDEX} and is not there: install bernoulli_mmpose '
            'again'
        )
    return path.resolve()
