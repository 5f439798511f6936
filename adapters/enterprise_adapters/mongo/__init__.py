"""The store in a MongoDB database: for many machines."""

from enterprise_adapters.mongo.change_log import MongoChangeLog
from enterprise_adapters.mongo.checkpoints import MongoCheckpoints
from enterprise_adapters.mongo.database import MongoDatabase
from enterprise_adapters.mongo.key_use import MongoKeyUse
from enterprise_adapters.mongo.leases import MongoLeases
from enterprise_adapters.mongo.migrating import MongoMigrations
from enterprise_adapters.mongo.policy_export import MongoPolicyExport

__all__ = [
    "MongoChangeLog",
    "MongoCheckpoints",
    "MongoDatabase",
    "MongoKeyUse",
    "MongoLeases",
    "MongoMigrations",
    "MongoPolicyExport",
]
