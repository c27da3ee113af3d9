"""演练: past whistles once more, through a changed pack. Nothing is written to the cases.

Pure: `facts` is what happened to a case, `again` composes it once more, `clocks` applies other limits to real moments,
`manual` takes a pack as if it had always held, `tally` counts. `rehearse` reads and runs, `waiting` keeps what was asked
for on screen.
"""
