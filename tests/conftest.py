"""What every test stands on: how many cases the property tests try."""

from __future__ import annotations

from hypothesis import settings

# No deadline: on a busy machine it would measure the machine. The blob lets a failure be replayed elsewhere.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("long", settings.get_profile("default"), max_examples=5_000)
settings.load_profile("default")
