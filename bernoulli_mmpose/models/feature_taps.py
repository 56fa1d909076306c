"""Feature maps from inside of a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

_NAME = re.compile(r'([\w.]+?)(?:\[(-?\d+)\])?')


class FeatureTaps:
    """Outputs of a network's modules, kept while it runs.

    Args:
        network: That the names are of.
        names: Of modules, such as ``'backbone.stage3'``, as ``named_modules`` gives
            them. Of one that gives several maps, ``'backbone[0]'`` is the first, and
            the last is taken where no index is given.

    Raises:
        ValueError: If there is no name, or no such module.
    """

    def __init__(self, network: nn.Module, names: Sequence[str]) -> None:
        if isinstance(names, str) or not names:
            raise ValueError(
                "features: expected names of modules, such as ['backbone'], got "
                f'{names!r}'
            )
        self.names = tuple(names)
        modules = dict(network.named_modules())
        self._places: list[tuple[str, int]] = []
        for name in self.names:
            found = _NAME.fullmatch(str(name))
            if not found or not found[1] or found[1] not in modules:
                raise ValueError(
                    f'features: expected the name of a module, such as '
                    f'{_examples(network)}, got {name!r}'
                )
            self._places.append((found[1], int(found[2] or -1)))

    def run(
        self, network: nn.Module, call: Callable[..., Any], *args: Any
    ) -> tuple[Any, list[Tensor]]:
        """Call something that runs the modules.

        Args:
            network: That the modules are of, perhaps changed since.
            call: Runs them.
            *args: Handed to it.

        Returns:
            What it gives, and the maps of each name, (B, C, H, W).

        Raises:
            ValueError: If a module was not run, or gave no such map.
        """
        found: dict[int, Any] = {}
        handles = [
            network.get_submodule(name).register_forward_hook(
                partial(_keep, found, number)
            )
            for number, (name, _) in enumerate(self._places)
        ]
        try:
            result = call(*args)
        finally:
            for handle in handles:
                handle.remove()
        maps = [self._pick(number, found) for number in range(len(self.names))]
        return result, maps

    def _pick(self, number: int, found: dict[int, Any]) -> Tensor:
        name, (_, index) = self.names[number], self._places[number]
        if number not in found:
            raise ValueError(
                f"features: expected a module that runs before the body's head, got "
                f'{name!r}'
            )
        output = found[number]
        outputs = [output] if isinstance(output, Tensor) else list(output)
        if not -len(outputs) <= index < len(outputs):
            raise ValueError(
                f'features: expected one of the {len(outputs)} maps of the module, '
                f'0 to {len(outputs) - 1}, got {name!r}'
            )
        maps = outputs[index]
        if not isinstance(maps, Tensor) or maps.dim() != 4:
            shape = getattr(maps, 'shape', type(maps).__name__)
            raise ValueError(
                f'features: expected maps (B, C, H, W), got {shape} of {name!r}; name '
                'a module inside of it'
            )
        return maps


def _keep(found: dict[int, Any], number: int, _module: Any, _in: Any, out: Any) -> None:
    found[number] = out


def _examples(network: nn.Module) -> list[str]:
    """Names of what is directly below the backbone and the neck."""
    names = [name for name, _ in network.named_modules()]
    near = [n for n in names if re.fullmatch(r'(backbone|neck)(\.\w+)?', n)]
    stages = [n for n in near if re.search('stage|layer|neck$|backbone$', n)]
    return stages or near
