"""`shaodao background`: the background loops as a process of their own."""

import os

import click

from shaodao.run import background as loops

GIVES_WAY = 5  # those who wait for an answer go before what happens by itself


@click.command()
def background() -> None:
    """Run the background loops (one process is enough; more do no harm)."""
    os.nice(GIVES_WAY)
    loops.run()
