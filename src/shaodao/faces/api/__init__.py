"""`/api/v1`: for programs of others, for phones, and for staff with a token.

`shapes` says what is sent, `answers` makes it from a case, `problems` turns every exception into a problem document,
`callers` knows who asks. The routes stand in `whistles`, `tracking` and `cases`; `api` puts them together.
"""
