"""Code of the pages runs, links lead somewhere, and figures have a record."""

from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from measured import (
    figures_in,
    read_constants,
    read_records,
    unproven,
)
from pages import (
    DOCS,
    ROOT,
    anchors_of,
    find_pages,
    name_of,
    read_blocks,
    read_tree,
    tags_of,
)
from running import code_of, run_page, runs

PAGES = find_pages()
# Pages whose code is run. A page that shows none that can be is not among them.
WITH_CODE = (
    'README.md',
    *('docs/conventions.md', 'docs/datasets.md', 'docs/export.md', 'docs/faq.md'),
    *('docs/index.md', 'docs/install.md', 'docs/predict.md'),
)
# Results are generated, and tests/experiments looks at each of their figures.
WITH_FIGURES = [page for page in PAGES if page != DOCS / 'results.md']
LINKED = [*PAGES, ROOT / 'CHANGELOG.md']
HOSTS = {
    *('github.com', 'keepachangelog.com', 'docs.ray.io'),
    *('cocodataset.org', 'inc.ucsd.edu'),  # data sets
}
MOST_BYTES = 400_000


def test_pages_with_code_are_those_that_are_named():
    found = {name_of(page) for page in PAGES if any(map(runs, code_of(page)))}
    assert found == set(WITH_CODE)


@pytest.mark.parametrize('page', PAGES, ids=name_of)
def test_code_is_run_or_says_why_not(page):
    without = [
        str(block)
        for block in code_of(page)
        if 'not run' in block.notes and len(block.notes['not run']) < 5
    ]
    assert not without, 'expected <!-- not run: REASON -->'


@pytest.mark.slow
@pytest.mark.parametrize('name', WITH_CODE)
def test_code_of_a_page_runs(name, reader_folder):
    run_page(ROOT / name, reader_folder)


@pytest.mark.parametrize('page', LINKED, ids=name_of)
def test_links_lead_somewhere(page):
    links = [tag['href'] for kind, tag in tags_of(read_tree(page)) if kind == 'a']
    assert not [problem for link in links if (problem := find_problem(page, link))]


def find_problem(page: Path, link: str) -> str:
    """What is wrong with a link; empty if nothing is."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        is_known = parts.scheme == 'https' and parts.netloc in HOSTS
        return '' if is_known else f'{link}: expected https and one of {HOSTS}'
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return f'{link}: there is no {target}'
    is_page = target.suffix == '.md' and target.parent.name != 'api'
    if parts.fragment and is_page and parts.fragment not in anchors_of(target):
        return f'{link}: expected one of {anchors_of(target)}'
    return ''


@pytest.mark.parametrize('page', LINKED, ids=name_of)
def test_pictures_are_there_small_and_described(page):
    for kind, tag in tags_of(read_tree(page)):
        if kind == 'img':
            path = page.parent / tag['src']
            assert path.stat().st_size < MOST_BYTES, path
            assert len(tag.get('alt') or '') > 10, f'{path}: expected a description'


@pytest.mark.parametrize('page', WITH_FIGURES, ids=name_of)
def test_figures_have_a_record(page):
    problems = [one for block in read_blocks(page) for one in unproven(block)]
    assert not problems, '\n'.join(['', *problems])


@pytest.mark.parametrize('key', read_records())
def test_a_record_says_how_it_was_measured(key):
    record = read_records()[key]
    if 'from' in record:
        assert set(record) == {'from'}
    else:
        assert set(record) - {'n'} == {'command', 'data', 'date', 'values'}
        assert isinstance(record['date'], date)
        assert record['values']


def test_each_record_is_used():
    used = {
        key
        for page in WITH_FIGURES
        for block in read_blocks(page)
        for key in block.notes.get('measured', '').replace(' ', '').split(',')
    }
    assert set(read_records()) == used - {''}


@pytest.mark.parametrize('path', read_constants())
def test_constants_are_those_of_the_code(path):
    assert set(read_constants()[path]) <= figures_in(ROOT / path)
