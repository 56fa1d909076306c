"""Links that leave docs/, and docstrings, as the site shows them."""

import sys
from importlib import import_module
from types import SimpleNamespace

import pytest
from pages import DOCS

pytest.importorskip('mkdocs', reason="needs the packages of 'make site'")


@pytest.fixture
def hooks(monkeypatch, request):
    """The module, with the repository at an address."""
    monkeypatch.setenv('BERNOULLI_REPOSITORY_URL', request.param)
    monkeypatch.syspath_prepend(DOCS)
    monkeypatch.delitem(sys.modules, 'site_hooks', raising=False)
    return import_module('site_hooks')


@pytest.mark.parametrize(
    ('hooks', 'place', 'text', 'shown'),
    [
        ('', 'faq.md', '[a](predict.md#b)', '[a](predict.md#b)'),
        ('', 'faq.md', '[a](../CHANGELOG.md)', '[a](changelog.md)'),
        (
            '',
            'browser/README.md',
            '[a](../../CONTRIBUTING.md#b)',
            '[a](../contributing.md#b)',
        ),
        ('', 'contributing.md', '[a](docs/security.md)', '[a](security.md)'),
        ('', 'faq.md', '[the file](../setup.py)', 'the file (`setup.py`)'),
        ('', 'faq.md', '[`setup.py`](../setup.py)', '`setup.py`'),
        ('', 'faq.md', '[a](../nothing.py)', '[a](../nothing.py)'),
        ('', 'faq.md', '```\n[a](../setup.py)\n```', '```\n[a](../setup.py)\n```'),
        (
            'https://example.org/it/',
            'faq.md',
            '[a](../setup.py)',
            '[a](https://example.org/it/blob/main/setup.py)',
        ),
    ],
    indirect=['hooks'],
)
def test_links_lead_to_where_files_are(hooks, place, text, shown):
    page = SimpleNamespace(file=SimpleNamespace(src_uri=place))
    assert hooks.on_page_markdown(text, page) == shown


@pytest.mark.parametrize('hooks', [''], indirect=True)
def test_docstrings_are_shown_without_roles(hooks):  # noqa: ARG001
    docstring = SimpleNamespace(value='See :meth:`~Head.to_dict`.\n\n::\n\n    code')
    extension = import_module('site_docstrings').PlainRoles()
    extension.on_object(obj=SimpleNamespace(docstring=docstring))
    assert docstring.value == 'See `Head.to_dict`.\n\n\n    code'
