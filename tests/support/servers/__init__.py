"""Servers for tests: MongoDB or what speaks like it, and Redis, as processes of their own.

``python -m tests.support.servers`` installs what is missing. A test asks for the fixtures of ``fixtures.py``, or starts
servers that it may kill::

    with MongoServer(tmp_path) as server:
        server.kill()
        server.start()
"""

from tests.support.servers.mongo import MongoServer
from tests.support.servers.redis import RedisServer
from tests.support.servers.shared import SharedServer

__all__ = ["MongoServer", "RedisServer", "SharedServer"]
