"""What the site does beside MkDocs: pages of the root, and links that leave docs/."""

import os
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
# Files beside docs/, and the page of the site that a link to each leads to.
ROOT_PAGES = {
    'CHANGELOG.md': 'changelog.md',
    'CONTRIBUTING.md': 'contributing.md',
    'README.md': 'index.md',
}
# Where files of the repository can be seen; unset, links to them become plain text.
REPOSITORY = os.environ.get('BERNOULLI_REPOSITORY_URL', '').rstrip('/')
FENCE = re.compile(r'(^ *```.*?^ *```$)', re.DOTALL | re.MULTILINE)
LINK = re.compile(r'(?<!!)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)')


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made of files of the root."""
    for name, place in ROOT_PAGES.items():
        if files.get_file_from_path(place) is None:
            content = (ROOT / name).read_text('utf-8')
            files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead links to files outside of docs/ to where they are on the site or the web."""
    place = page.file.src_uri
    names = {made: name for name, made in ROOT_PAGES.items() if made != 'index.md'}
    folder = posixpath.dirname(names.get(place, f'docs/{place}'))

    def lead(found: re.Match) -> str:
        path = posixpath.normpath(posixpath.join(folder, found[2]))
        if not (ROOT / path).exists():
            return found[0]
        target = ROOT_PAGES.get(path, path.removeprefix('docs/'))
        if target != path:
            link = posixpath.relpath(target, posixpath.dirname(place) or '.')
            return f'[{found[1]}]({link}{found[3] or ""})'
        return to_repository(found[1], path)

    parts = FENCE.split(markdown)
    parts[::2] = [LINK.sub(lead, part) for part in parts[::2]]
    return ''.join(parts)


def to_repository(text: str, path: str) -> str:
    """A link to a file of the repository, or its path where there is no address."""
    if REPOSITORY:
        return f'[{text}]({REPOSITORY}/blob/main/{path})'
    return text if Path(path).stem in text else f'{text} (`{path}`)'
