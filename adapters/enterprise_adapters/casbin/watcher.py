"""Tells a pycasbin enforcer that the policy has changed, and other programs that it has changed it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from casbin.persist.watcher_ex import WatcherEx
from casbin.persist.watcher_update import WatcherUpdatable

from enterprise_adapters.casbin.seen import Seen
from enterprise_policy.errors import EnterpriseError
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.hints import Hints

POLL_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


class Watcher(WatcherEx, WatcherUpdatable):
    """Calls back with the newest revision, as a text, when the enforcer lacks a change of somebody else.

    No message is trusted: a hint, or the time, is only a reason to look into the log. So nothing is missed for good
    when hints are lost, or there are none, and the enforcer's own changes don't come back to it.

    When another log is in the place of the one that was loaded, or the log is shorter than it was, that is warned of
    and called back once. The adapter can load nothing from it then: the program has to open the store anew.
    """

    def __init__(
        self, log: ChangeLog, seen: Seen, hints: Hints | None = None, *, poll_seconds: float = POLL_SECONDS
    ) -> None:
        """``seen`` is the adapter's. ``hints`` stay their maker's to close; without them it only looks now and then.

        Nothing is listened to, and no thread runs, before a callback is set.
        """
        self._log = log
        self._seen = seen
        self._hints = hints
        self._poll_seconds = poll_seconds
        self._callback: Callable[[str], object] | None = None
        self._told = (0, 0)
        self._closing = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    # --- others' changes --------------------------------------------------------------------------------

    def set_update_callback(self, func: Callable[[str], object]) -> None:
        """Call ``func`` from now on, in a thread of this object; one that raises is called again later."""
        self._callback = func
        with self._starting:
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="casbin watcher", daemon=True)
                self._thread.start()
                if self._hints is not None:
                    self._hints.listen(self._heard)

    def _heard(self, _revision: int | None) -> None:
        self._seen.due.set()

    def _run(self) -> None:
        while not self._closing:
            self._seen.due.wait(self._poll_seconds)
            self._seen.due.clear()
            try:
                self._look()
            except EnterpriseError as error:
                _log.warning("not known whether the policy has changed: %s", error)
            except Exception:  # noqa: BLE001 - the callback's own; this thread must live on
                _log.exception("the callback for a changed policy failed")

    def _look(self) -> None:
        """Call back if there is a revision that the enforcer lacks, or may lack, and the callback wasn't told of."""
        with self._seen.steady():
            head = self._log.head()
            broken = self._seen.met(head)
            found, seen = (head.revision, self._seen.doubts), self._seen.revision
        if broken is not None:
            _log.warning("the enforcer may have what the policy store doesn't: %s", broken)
        if self._closing or self._callback is None or seen >= found[0] or self._told == found:
            return
        self._callback(str(found[0]))
        self._told = found

    # --- own changes ------------------------------------------------------------------------------------

    def update(self) -> None:
        """Tell the others to look. They find what there is, so nothing is told of what was done."""
        if self._hints is not None and self._seen.newest:
            self._hints.publish(self._seen.newest)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Whatever else pycasbin tells a watcher to say: that something has changed."""
        if not name.startswith("update_for_"):
            raise AttributeError(f"a watcher has no `{name}`")
        return self._changed

    def _changed(self, *_told: Any, **_named: Any) -> None:  # noqa: ANN401 - pycasbin's forms differ
        self.update()

    def update_for_add_policy(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def update_for_remove_policy(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def update_for_remove_filtered_policy(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def update_for_save_policy(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def update_for_add_policies(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def update_for_remove_policies(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def update_for_update_policy(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def update_for_update_policies(self, *told: Any) -> None:  # noqa: ANN401 - as above
        """See ``update``."""
        self._changed(*told)

    def close(self) -> None:
        """Never call back again, and end the thread."""
        self._closing = True
        self._seen.due.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
