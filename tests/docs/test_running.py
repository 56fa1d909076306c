"""What the runner of pages makes of blocks, and that it sees what is wrong."""

import pytest
from pages import anchors_of, read_blocks
from running import PageError, add_options, is_same, run_page

PAGE = """# A page

```python
# saved/config.py
value = 3
```

```python
number = 40
```

<!-- run with: | tail -1 -->
```bash
# Two lines, of which the last is shown.
printf 'begin\\n%s\\n' \\
    saved/*    # a comment
```

```text
saved/config.py
```

<!-- not run: would end the test -->
```python
raise SystemExit
```

```python
print(number + 2, 0.25)
```

```text
42 0.2...
```
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a page of a text."""
    monkeypatch.chdir(tmp_path)

    def run_text(text: str) -> None:
        page = tmp_path / 'page.md'
        page.write_text(text)
        run_page(page, tmp_path)

    return run_text


def test_a_page_runs_from_top_to_bottom(run):
    run(PAGE)


@pytest.mark.parametrize(
    ('good', 'bad', 'message'),
    [
        ('number = 40', 'number = forty', r"page.md:9: NameError: name 'forty'"),
        ('number = 40', 'number = 41', r'page.md:33: expected\n42 0.2...\n\ngot\n43'),
        ('saved/*', '; false', r'page.md:14: exit status 1(.|\n)*line 1[56] failed'),
        ('\nsaved/config.py\n', '\nsaved\n', r'page.md:20: expected\nsaved\n'),
        ('# Two lines', 'pip install it # ', 'page.md:14: .*got pip'),
        ('not run: would end the test', 'nothing', 'page.md:25: SystemExit'),
    ],
)
def test_what_is_wrong_is_told_with_its_line(run, good, bad, message):
    with pytest.raises(PageError, match=message):
        run(PAGE.replace(good, bad))


@pytest.mark.parametrize(
    ('shown', 'printed', 'same'),
    [
        ('yaw 0.93', 'yaw  0.91\n', True),
        ('yaw 0.93', 'yaw -0.91', False),
        ('yaw 0.93', 'yaw 1.2', False),
        ('yaw 1', 'yaw 2', False),
        ('yaw ... roll 2.0', 'yaw 3 pitch 4 roll 2.0', True),
        ('±2.2 (a|b)', '±2.2 (a|b)', True),
    ],
)
def test_output_is_compared_within_a_tolerance(shown, printed, same):
    assert is_same(shown, printed) == same


def test_options_go_to_the_first_command():
    code = '# Train\n\nmim train \\\n    a.py   # long\nmim test b.py\n'
    expected = '# Train\n\nmim train \\\n    a.py --short\nmim test b.py\n'
    assert add_options(code, '--short') == expected


def test_comments_count_for_the_next_block_alone(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text(
        '<!-- measured: a -->\nfirst 0.5\n\nsecond\n\n'
        '- <!-- measured: b, c -->\n  third\n- fourth\n'
    )
    notes = [block.notes.get('measured') for block in read_blocks(page)]
    assert notes == ['a', None, 'b, c', None]


def test_anchors_are_those_of_github(tmp_path):
    page = tmp_path / 'page.md'
    page.write_text("# What's `new`, [here](x.md)?\n\n## A - b\n\n## A - b\n")
    assert anchors_of(page) == {'whats-new-here', 'a---b', 'a---b-1'}
