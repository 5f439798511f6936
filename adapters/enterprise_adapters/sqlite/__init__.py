"""The store in one SQLite file: for one machine, with no other server."""

from enterprise_adapters.sqlite.change_log import SqliteChangeLog
from enterprise_adapters.sqlite.checkpoints import SqliteCheckpoints
from enterprise_adapters.sqlite.database import Database
from enterprise_adapters.sqlite.key_use import SqliteKeyUse
from enterprise_adapters.sqlite.leases import SqliteLeases

__all__ = ["Database", "SqliteChangeLog", "SqliteCheckpoints", "SqliteKeyUse", "SqliteLeases"]
