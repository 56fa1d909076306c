"""Tests on shifted and covered heads, repeated with seeds (Hu et al., Fig. 10)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmengine.config import Config

from ..evaluation import HeadPoseResults
from .figures import mean_and_spread, parts_of
from .records import Finished
from .runs import Options
from .training import evaluate

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

    Raises:
        FileNotFoundError: If its weights are gone.
    """
    for name, transform in perturbations.items():
        for seed in SEEDS:
            target = run.folder / dump_name(name, seed)
            if not target.is_file():
                evaluate(config, run.weights, target, dict(transform, seed=seed))


def has_tests(experiment: str, folder: Path) -> bool:
    """Whether a finished run's folder has all tests that an experiment needs of it."""
    if experiment != 'robustness':
        return True
    names = (dump_name(name, seed) for name in PERTURBATIONS for seed in SEEDS)
    return all((folder / name).is_file() for name in names)


def perturbed_results(
    run: Finished, dataset: str, perturbation: str
) -> list[HeadPoseResults]:
    """A run's results on the perturbed heads of one set, one a repeat that is done."""
    paths = [run.folder / dump_name(perturbation, seed) for seed in SEEDS]
    found = [run.results(path.name) for path in paths if path.is_file()]
    return parts_of(found, dataset)


def perturbed_errors(
    run: Finished, dataset: str
) -> dict[str, tuple[float, float, float]]:
    """MAE, its spread over the repeats, and the MAE over that of unperturbed heads.

    Returns:
        By perturbation; without those of which not all repeats are done.
    """
    errors = {}
    plain = parts_of([run.results()], dataset)
    for name in PERTURBATIONS if plain else ():
        moved = perturbed_results(run, dataset, name)
        if len(moved) == len(SEEDS):
            mean, spread = mean_and_spread(moved, 'mae')
            errors[name] = mean, spread, mean / mean_and_spread(plain, 'mae')[0]
    return errors
