"""`python -m shaodao.run` is the command `shaodao`."""

from shaodao.run.cli import main

main()
