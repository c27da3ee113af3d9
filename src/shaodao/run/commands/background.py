"""`shaodao background`: the background loops as a process of their own."""

import click

from shaodao.run import background as loops


@click.command()
def background() -> None:
    """Run the background loops (one process is enough; more do no harm)."""
    loops.run()
