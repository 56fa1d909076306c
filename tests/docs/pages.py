"""Pages of the documentation: their blocks, links, pictures and figures.

A comment tells something of the block that comes after it::

    <!-- not run: REASON -->        code that no test can run
    <!-- run with: OPTIONS -->      options that shorten the block's first command
    <!-- not checked: REASON -->    output that differs from run to run
    <!-- measured: KEY, KEY -->     entries of docs/measured that hold the figures
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
PARSER = MarkdownIt('commonmark').enable('table')
NOTE = re.compile(r'<!--\s*(not run|run with|not checked|measured):\s*(.*?)\s*-->')
CONTAINERS = ('bullet_list', 'ordered_list', 'list_item', 'blockquote')


@dataclass(frozen=True)
class Block:
    """A paragraph, table, heading or piece of code of a page.

    Attributes:
        page: The file.
        line: Of the file, from 1, where it begins.
        node: Its syntax tree.
        notes: What the comments before it say, by their first words.
    """

    page: Path
    line: int
    node: SyntaxTreeNode
    notes: dict[str, str]

    @property
    def language(self) -> str:
        """Of a piece of code, such as ``'python'``; else empty."""
        return self.node.info.split()[0] if is_code(self.node) else ''

    @property
    def code(self) -> str:
        return self.node.content

    def __str__(self) -> str:
        return f'{name_of(self.page)}:{self.line}'


def name_of(page: Path) -> str:
    """Path of a page as the repository has it."""
    return page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else str(page)


def find_pages() -> list[Path]:
    """README, CONTRIBUTING and docs/, but the API's pages, which the site fills."""
    pages = sorted(p for p in DOCS.rglob('*.md') if p.parent.name != 'api')
    return [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', *pages]


def is_code(node: SyntaxTreeNode) -> bool:
    return node.type == 'fence' and bool(node.info.strip())


def read_tree(page: Path) -> SyntaxTreeNode:
    return SyntaxTreeNode(PARSER.parse(page.read_text('utf-8')))


def read_blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order; those of lists and quotes one by one."""
    return [*_walk(page, read_tree(page), {})]


def _walk(page: Path, parent: SyntaxTreeNode, inherited: dict) -> Iterator[Block]:
    notes = dict(inherited)
    for node in parent.children:
        if node.type == 'html_block' and (found := NOTE.findall(node.content)):
            notes |= dict(found)
        elif node.type in CONTAINERS:
            yield from _walk(page, node, notes)
            notes = dict(inherited)
        else:
            # A fence begins a line before its code.
            yield Block(page, node.map[0] + 1 + is_code(node), node, notes)
            notes = dict(inherited)


class _Html(HTMLParser):
    """Tags of a piece of HTML, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))


def tags_of(node: SyntaxTreeNode) -> Iterator[tuple[str, dict]]:
    """Links (``a``) and pictures (``img``) of a block, Markdown's as HTML's."""
    for one in node.walk():
        if one.type == 'link':
            yield 'a', one.attrs
        elif one.type == 'image':
            yield 'img', dict(one.attrs, alt=one.content)
        elif one.type in ('html_block', 'html_inline'):
            yield from _Html(one.content).tags


def anchors_of(page: Path) -> set[str]:
    """Names of a page's headings in its address, as GitHub and the site make them."""
    found: Counter[str] = Counter()
    anchors = set()
    for node in read_tree(page).walk():
        if node.type == 'heading':
            text = ''.join(one.content for one in node.walk() if not one.children)
            slug = re.sub(r'[^\w\- ]', '', text.strip().lower()).replace(' ', '-')
            anchors.add(f'{slug}-{found[slug]}' if found[slug] else slug)
            found[slug] += 1
        anchors |= {tag.get('id') for kind, tag in tags_of(node) if kind == 'a'}
    return anchors - {None}
