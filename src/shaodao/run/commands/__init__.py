"""The commands of `shaodao`, one module each, loaded only when asked for."""
