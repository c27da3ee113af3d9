"""县级统筹: a meeting of units under a county leader about one case. `meeting` is pure; `actions` is the door."""
