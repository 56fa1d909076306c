"""Tests on shifted and covered heads, repeated with seeds (Hu et al., Fig. 10)."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.config import Config

from .runs import Options
from .training import Finished, evaluate

SEEDS = range(5)
# The paper names no amounts.
PERTURBATIONS: dict[str, Options] = {
    'shift-0.1': dict(type='HeadTranslation', max_shift=0.1),
    'shift-0.2': dict(type='HeadTranslation', max_shift=0.2),
    'cover-0.25': dict(type='HeadOcclusion', size=0.25),
    'cover-0.4': dict(type='HeadOcclusion', size=0.4),
}


def dump_name(perturbation: str, seed: int) -> str:
    """File in a run's folder for a test's per-head results."""
    return f'results_{perturbation}_{seed}.csv'


def evaluate_perturbed(
    config: Config, run: Finished, perturbations: Mapping[str, Options]
) -> None:
    """Test a run on perturbed heads, where that was not done before.

    Args:
        config: Of the run.
        run: Trained and tested.
        perturbations: Transforms by name; each is repeated with five seeds.
    """
    for name, transform in perturbations.items():
        for seed in SEEDS:
            target = run.folder / dump_name(name, seed)
            if not target.is_file():
                evaluate(config, run.checkpoint, target, dict(transform, seed=seed))
