"""The documents that are run, and how many of their blocks at least."""

from __future__ import annotations

from typing import Final

FROM_NOTHING: Final = {
    "README.md": 4,
    "docs/tutorials/first-decision.md": 15,
    "docs/tutorials/delegate-a-clinic.md": 23,
    "docs/tutorials/use-our-policy-from-pycasbin.md": 7,
    "docs/how-to/keep-api-keys.md": 6,
}
"""Those that begin with a fresh clone, and start the service themselves."""

ON_SAMPLES: Final = {
    "docs/how-to/ask-who-can-and-what-can.md": 3,
    "docs/how-to/delegate-a-clinic.md": 4,
    "docs/how-to/give-a-locum-two-weeks.md": 6,
    "docs/how-to/offboard-a-person.md": 5,
    "docs/how-to/read-the-audit.md": 6,
    "docs/how-to/undo-a-change.md": 5,
}
"""Those that begin with a store that has the sample data."""

ON_SERVERS: Final = {"docs/tutorials/two-pods.md": 10}
"""Those that need a MongoDB and a Redis, and start the service themselves."""

EXECUTED: Final = FROM_NOTHING | ON_SAMPLES | ON_SERVERS
