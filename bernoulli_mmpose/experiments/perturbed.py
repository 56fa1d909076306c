"""The section on shifted and covered heads (Hu et al., Fig. 10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..evaluation.summary import Table
from . import findings, robustness
from .catalogue import METHODS, robustness_runs
from .collection import Collection
from .figures import Repeats, cell, mean_and_spread, part, parts_of
from .plots import plot_by_setting
from .robustness import PERTURBATIONS, perturbed_errors, perturbed_results
from .runs import Run
from .verdicts import as_list

# MAE, its spread and its growth, by approach and perturbation.
Errors = Mapping[str, Mapping[str, tuple[float, float, float]]]


def perturbed_section(collection: Collection) -> Iterator[str]:
    """The largest growth of an error, a table and a plot of each test set."""
    datasets = collection.datasets(collection.repeats(Run()))
    errors = {dataset: _errors(collection, dataset) for dataset in datasets}
    yield as_list(
        line for d in datasets for line in _growths(errors[d], collection.shown(d))
    )
    for dataset in datasets:
        table = _perturbed_table(collection, dataset, errors[dataset])
        if table is not None:
            shown = collection.shown(dataset)
            yield table.to_markdown()
            label, title = 'Test heads', f'Shifted and covered heads, {shown}'
            lines = _lines(collection, dataset)
            figure = plot_by_setting(lines, dataset, label, title, ordered=False)
            yield collection.plot(f'robustness_{dataset}', figure, title)


def _errors(collection: Collection, dataset: str) -> Errors:
    """Errors on perturbed heads by approach, see :func:`.perturbed_errors`."""
    return {
        name: perturbed_errors(collection.runs[run.name], dataset)
        for name, run in robustness_runs().items()
        if run.name in collection.runs
    }


def _growths(errors: Errors, shown: str) -> list[str]:
    """Sentences on how much the errors grow on one test set."""
    ours = METHODS['bernoulli'].title
    grown = {
        name: {key: times for key, (*_, times) in moved.items()}
        for name, moved in errors.items()
        if len(moved) == len(PERTURBATIONS)
    }
    most = {n: max(g.values()) for n, g in grown.items() if not n.startswith(ours)}
    return [
        findings.growth(name, growth, most if name == ours else {}, shown)
        for name, growth in grown.items()
        if name.startswith(ours)
    ]


def _lines(collection: Collection, dataset: str) -> dict[str, dict[str, Repeats]]:
    """Results by approach and perturbation, those of unperturbed heads first."""
    lines: dict[str, dict[str, Repeats]] = {}
    for title, wanted in robustness_runs().items():
        run = collection.runs.get(wanted.name)
        if run is not None:
            found: dict[str, Repeats] = {
                'as they are': parts_of([run.results()], dataset)
            }
            for name in PERTURBATIONS:
                found[name] = perturbed_results(run, dataset, name)
            lines[title] = found
    return lines


def _perturbed_table(
    collection: Collection, dataset: str, errors: Errors
) -> Table | None:
    """Errors of shifted and covered heads of the approaches."""
    rows, heads = [], 0
    for name, wanted in robustness_runs().items():
        run = collection.runs.get(wanted.name)
        moved = errors.get(name, {})
        plain = part(run.results(), dataset) if run else None
        if not moved or plain is None:
            continue
        heads = len(plain)
        cells = [
            f'{cell(*found[:2])} (x{found[2]:.2f})'
            if (found := moved.get(key))
            else '-'
            for key in PERTURBATIONS
        ]
        error, _ = mean_and_spread([plain], 'mae')
        rows.append([name, f'{error:.2f}', *cells])
    title = (
        f'{collection.shown(dataset)}: MAE in degrees (mean over angles) of shifted '
        "(by at most this share of the crop's width and height) and covered (a black "
        f"square of this share of the crop's side) heads; n = {heads} heads, one "
        f'training, {len(robustness.SEEDS)} repeats of the test with their spread, '
        'growth in brackets'
    )
    return Table(title, ['', 'as they are', *PERTURBATIONS], rows) if rows else None
