"""Where the tools print their tables."""

from rich.console import Console


class PlainConsole(Console):
    """A console that shows text as it is given: brackets in a name are no markup."""

    def __init__(self, width: int | None = None, soft_wrap: bool = False) -> None:
        super().__init__(
            width=width,
            soft_wrap=soft_wrap,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def on_broken_pipe(self) -> None:
        """Let :func:`~bernoulli_headpose.terminal.run_command` end the program."""
        raise BrokenPipeError
