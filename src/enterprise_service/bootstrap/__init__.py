"""The composition root: settings go in, what runs comes out. No other package names an adapter.

``commands`` is the command line; ``processes`` the service; ``stores`` what both stand on; ``named`` what the settings
name; ``enforcers`` what other programs take. Whatever is opened is closed in reverse.
"""

from enterprise_service.bootstrap.commands import main, management, tools
from enterprise_service.bootstrap.enforcers import casbin_policy
from enterprise_service.bootstrap.named import bootstrap_key
from enterprise_service.bootstrap.processes import build_service, wsgi_app
from enterprise_service.bootstrap.stores import open_store, prepare, reading, writing

__all__ = [
    "bootstrap_key",
    "build_service",
    "casbin_policy",
    "main",
    "management",
    "open_store",
    "prepare",
    "reading",
    "tools",
    "writing",
    "wsgi_app",
]
