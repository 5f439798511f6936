"""Measurements: each compares things in one run and prints ratios, since machines are noisy."""
