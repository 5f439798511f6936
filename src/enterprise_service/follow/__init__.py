"""Staying current: read the log, fold it into the state, compile it, publish it."""
