"""基层报: from text, a place and pictures to a case that is already dispatched. Every channel comes in through `file`."""
