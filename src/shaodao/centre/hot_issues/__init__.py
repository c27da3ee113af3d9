"""热点问题: groups of messages about the same matter, hottest first.

`names` (whose place or subject) → `likeness` (how much two messages are the same matter) → `grouping` → `heat`, `titles`;
`issues` puts them together. All pure, on numpy alone; `reading` is the shell that gives it the cases somebody may see.
"""
