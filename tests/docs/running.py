"""Runs the code of a page as a reader does: block after block in one folder."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

from pages import ROOT, Block, is_code, read_blocks

# A block that begins with such a line is a file that the reader saves.
SAVED = re.compile(r'# ([\w./-]+\.(?:py|ya?ml))\n')
# A test changes nothing of the environment that it runs in.
INSTALLS = re.compile(r'^\s*(?:sudo|pip|apt|apt-get|conda|git clone|make)\b', re.M)
NUMBER = re.compile(r'(?<![\w.])-?\d+\.\d+')
TOLERANCE = 0.1  # of numbers with a point in printed output
TIMEOUT_S = 600


class PageError(AssertionError):
    """A block of a page does not do what the page says."""


def code_of(page: Path) -> list[Block]:
    return [block for block in read_blocks(page) if is_code(block.node)]


def runs(block: Block) -> bool:
    """Whether a block is code that is run."""
    is_run = block.language in ('python', 'bash') and 'not run' not in block.notes
    return is_run and not SAVED.match(block.code)


def save_files(page: Path, folder: Path) -> None:
    """Write the files that a page shows, such as configs."""
    for block in code_of(page):
        if found := SAVED.match(block.code):
            path = folder / found[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, 'utf-8')


def run_page(page: Path, folder: Path) -> None:
    """Run the blocks of a page in a folder, and compare what they print.

    Python shares one namespace; each block of shell commands has a shell of its own.

    Raises:
        PageError: If a block fails, or prints other text than the page shows.
    """
    save_files(page, folder)
    namespace: dict = {'__name__': '__main__'}
    printed: tuple[str, ...] = ()
    for block in code_of(page):
        if block.language == 'text':
            if printed and 'not checked' not in block.notes:
                compare(block, printed)
            printed = ()
        elif not runs(block):
            printed = ()
        elif block.language == 'python':
            printed = (run_python(block, namespace),)
        else:
            printed = run_shell(block, folder)


def run_python(block: Block, namespace: dict) -> str:
    """Run a block, and give what it printed; errors name the page and its line."""
    code = '\n' * (block.line - 1) + block.code
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(code, str(block.page), 'exec'), namespace)
    except (Exception, SystemExit) as error:
        raise PageError(f'{block}: {type(error).__name__}: {error}') from error
    return output.getvalue()


def run_shell(block: Block, folder: Path) -> tuple[str, str]:
    """Run a block up to its first failure; what it printed, without and with errors."""
    if found := INSTALLS.search(block.code):
        raise PageError(f'{block}: expected <!-- not run: REASON -->, got {found[0]}')
    code = add_options(block.code, block.notes.get('run with', ''))
    line = f'$((LINENO + {block.line - 2}))'
    start = f"set -euo pipefail; trap 'echo line {line} failed >&2' ERR\n"
    paths = [Path(sys.executable).parent, os.environ['PATH']]
    environment = {**os.environ, 'PATH': os.pathsep.join(map(str, paths))}
    done = subprocess.run(
        ['bash', '-c', start + code],
        cwd=folder,
        env={**environment, 'PYTHONPATH': str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    both = done.stdout + done.stderr
    if done.returncode:
        raise PageError(f'{block}: exit status {done.returncode}\n{both[-3000:]}')
    return done.stdout, both


def add_options(code: str, options: str) -> str:
    """Options at the end of the first command, before a comment."""
    lines = code.splitlines()
    first = next(
        i for i, one in enumerate(lines) if one.strip(' ')[:1] not in ('', '#')
    )
    while lines[first].endswith('\\'):
        first += 1
    if options:
        lines[first] = re.sub(r'\s*(#.*)?$', f' {options}', lines[first], count=1)
    return '\n'.join(lines) + '\n'


def compare(block: Block, printed: tuple[str, ...]) -> None:
    """Compare output with what a page shows: ``...`` stands for anything.

    Raises:
        PageError: If words differ, or numbers with a point by more than a tolerance.
    """
    if not any(is_same(block.code, one) for one in printed):
        raise PageError(f'{block}: expected\n{block.code}\ngot\n{printed[0]}')


def is_same(shown: str, printed: str) -> bool:
    """Whether output is what is shown, spaces aside."""
    shown, printed = (' '.join(one.split()) for one in (shown, printed))
    pattern = re.escape(NUMBER.sub('NUMBER', shown)).replace(r'\.\.\.', '.*?')
    found = re.fullmatch(pattern.replace('NUMBER', r'(-?\d+\.\d+)'), printed)
    numbers = map(float, NUMBER.findall(shown))
    return found is not None and all(
        abs(ours - float(theirs)) <= TOLERANCE
        for ours, theirs in zip(numbers, found.groups(), strict=True)
    )
