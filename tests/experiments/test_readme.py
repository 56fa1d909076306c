"""The README's table of the approaches is that of the runs behind the results page."""

import json
from pathlib import Path

import numpy as np
import pytest

from bernoulli_mmpose.experiments.figures import cell

ROOT = Path(__file__).parents[2]
ROWS = {
    'Bernoulli heatmap, as the head configs have it': 'head_bernoulli_seed',
    "Bernoulli heatmap, the paper's setting": 'head_paper_seed',
    'direct regression': 'head_regression_seed',
    'bins, expectation (after Hopenet)': 'head_bins_seed',
    '6D rotation, geodesic loss (as 6DRepNet)': 'head_sixd_seed',
    'landmarks and PnP (trained elsewhere)': 'landmarks_pnp',
}


@pytest.mark.parametrize(('title', 'name'), ROWS.items())
def test_figures_of_the_readme_are_those_of_the_runs(title, name):
    listed = json.loads((ROOT / 'docs/results/runs.json').read_text())
    runs = [run['figures'] for run in listed if run['name'].startswith(name)]
    expected = []
    for dataset in ('pointing04', 'genki4k', 'aflw2000'):
        errors = [figures[dataset]['mae'] for figures in runs]
        spread = np.std(errors, ddof=1) if len(errors) > 1 else np.nan
        expected.append(cell(float(np.mean(errors)), float(spread)))
    lines = (ROOT / 'README.md').read_text().splitlines()
    row = next(line for line in lines if line.startswith(f'| {title} |'))
    assert row == f'| {title} | {" | ".join(expected)} |'


def test_errors_on_whole_images_are_those_of_the_runs():
    listed = json.loads((ROOT / 'docs/results/runs.json').read_text())
    figures = {run['name']: run['figures'] for run in listed}
    ours, theirs = (
        [
            figures[f'background_{method}_seed0'][d]['mae']
            for d in ('pointing04', 'genki4k')
        ]
        for method in ('bernoulli', 'regression')
    )
    text = ' '.join((ROOT / 'README.md').read_text().split())
    place = "mean error is {:.2f} on Pointing'04 and {:.2f} on GENKI-4K; that of direct"
    assert place.format(*ours) in text
    assert 'direct regression is {:.2f} and {:.2f}.'.format(*theirs) in text
