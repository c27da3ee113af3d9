"""专报: the month in figures, the problems it names, and what is done about them. `briefing`, `content`, `drafting` and
`picking` are pure; `actions` is the only door.
"""
