"""pycasbin warns of every denial, and these tests deny a lot."""

from __future__ import annotations

import logging

logging.getLogger("casbin").setLevel(logging.CRITICAL)
