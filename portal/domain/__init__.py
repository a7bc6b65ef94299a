"""Pure rules: standard library only, no clock, no float, no I/O."""
