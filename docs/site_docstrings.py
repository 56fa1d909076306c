"""Docstrings as the site's Markdown reads them: roles of Sphinx become plain code."""

import re
from typing import Any

import griffe

ROLE = re.compile(r':(?:class|meth|func|mod|attr|data):`[~.]*([^`]+)`')
BLOCK = re.compile(r':?::$', re.MULTILINE)


class PlainRoles(griffe.Extension):
    """Rewrites each docstring once it is read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            text = ROLE.sub(r'`\1`', obj.docstring.value)
            obj.docstring.value = BLOCK.sub(':', text).replace('\n:\n', '\n')
