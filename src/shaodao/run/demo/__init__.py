"""The demonstration: a sample county with two years of whistles, replayed through the same decide and evolve under a
simulated clock. Everything in it is invented and marked 演示.

`people` who there is · `planning` what is whistled, when and where · `life` what people do with a case · `replay` all
cases, in worker processes · `writing` the ledger and the rows, in bulk · `screen` the figures at the end.
"""
