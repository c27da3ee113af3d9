"""监督工作台: what the discipline side works on, sealed for its members. `matter` and `scope` are pure; `actions` is the
only door, `keyring` says whose keys open what. Never a lead, an investigation or anything secret: docs/discipline.md."""
