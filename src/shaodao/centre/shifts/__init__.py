"""值班: who sits at the centre's desk, what one shift hands over to the next, and how the desk does. `shift` is pure;
`actions` is the only door."""
