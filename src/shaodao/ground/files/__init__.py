"""Evidence: pictures and voice notes, taken from strangers and kept so that they can be shown and forgotten.

`intake` accepts, attaches, shows, prunes and erases; `store` keeps the bytes; pictures are decoded in child
processes (`decoding`, `decoder`). Refusals are `refusals.Refusal(code, **params)`.
"""
