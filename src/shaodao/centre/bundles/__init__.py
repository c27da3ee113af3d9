"""证据包: a case as a file that proves itself elsewhere. `bundle` is pure, `making` the only door, `verify` goes into the
file and needs nothing but Python; see docs/evidence-bundle.md."""
