from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from enterprise_policy.errors import SettingsError
from enterprise_service.cores import allowed_cores
from enterprise_service.secret import MASK, Secret
from enterprise_service.setting_table import TABLE, DecisionAuth, Plane
from enterprise_service.settings import DEFAULT, Settings, read_settings, show

KEY = "k" * 32
SECRET = "s" * 16
MONGODB = "mongodb://user:pass%2Fword@one.example,two.example/enterprise?replicaSet=rs0"
REDIS = "rediss://:password@cache.example:6379/0"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound


def faults(environment: Mapping[str, str], flags: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment, flags or {})
    return [f"{fault.pointer} {fault.detail}" for fault in caught.value.faults]


def test_without_an_environment_every_setting_has_its_default() -> None:
    settings = read_settings({})
    assert settings == Settings(web_concurrency=allowed_cores(), origins=settings.origins)
    assert set(settings.origins.values()) == {DEFAULT}
    assert (settings.host, settings.port, settings.sqlite_path) == ("127.0.0.1", 3017, Path("var/enterprise.db"))


def test_each_setting_is_read_from_the_environment() -> None:
    settings = read_settings(
        {
            "HOST": "::1",
            "PORT": "1",
            "UNIX_SOCKET": "/run/e.sock",
            "PLANE": "decision",
            "WEB_CONCURRENCY": "7",
            "DRAIN_SECONDS": "0",
            "MONGODB_URI": MONGODB,
            "SQLITE_PATH": "/data/e.db",
            "LOCAL_COPY": "/data/copy",
            "REDIS_URL": REDIS,
            "REDIS_CHANNEL": "staging",
            "POLL_INTERVAL_SECONDS": "0.5",
            "MAX_STALENESS_SECONDS": "60.25",
            "BOOTSTRAP_API_KEY": KEY,
            "DECISION_AUTH": "none",
            "SERVICE_SECRET": f"{SECRET}\n{SECRET}2\n",
            "POLICY_DIR": "policies",
            "LOG_LEVEL": "warning",
        }
    )
    assert (settings.host, settings.port, settings.unix_socket) == ("::1", 1, Path("/run/e.sock"))
    assert (settings.plane, settings.web_concurrency, settings.drain_seconds) == (Plane.DECISION, 7, 0.0)
    assert (settings.sqlite_path, settings.data_folder) == (Path("/data/e.db"), Path("/data"))
    assert (settings.mongodb_uri, settings.redis_url) == (Secret(MONGODB), Secret(REDIS))
    assert (settings.copy_path, settings.redis_channel) == (Path("/data/copy"), "staging")
    assert (settings.poll_interval_seconds, settings.max_staleness_seconds) == (0.5, 60.25)
    assert settings.bootstrap_api_key == Secret(KEY)
    assert settings.decision_auth is DecisionAuth.NONE
    assert settings.service_secret == (Secret(SECRET), Secret(f"{SECRET}2"))
    assert (settings.policy_dir, settings.log_level) == (Path("policies"), "WARNING")
    assert set(settings.origins.values()) == {"environment"}


def test_a_flag_comes_before_the_environment() -> None:
    settings = read_settings({"PORT": "3018", "HOST": "::1"}, {"PORT": "3019"})
    assert (settings.port, settings.origins["PORT"]) == (3019, "flag")
    assert (settings.host, settings.origins["HOST"]) == ("::1", "environment")


def test_an_empty_value_is_none() -> None:
    assert read_settings({"PORT": "", "MONGODB_URI": "", "BOOTSTRAP_API_KEY_FILE": ""}).port == 3017


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "a b"),
        ("HOST", "http://x"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "3017 "),
        ("PORT", "٣"),
        ("PORT", "1_000"),
        ("PORT", "9" * 5_000),
        ("UNIX_SOCKET", f"/{'x' * 120}"),
        ("MONGODB_URI", "postgres://x"),
        ("MONGODB_URI", "mongodb://"),
        ("MONGODB_URI", "mongodb://one.example /x"),
        ("REDIS_URL", "http://x"),
        ("REDIS_CHANNEL", "a b"),
        ("REDIS_CHANNEL", "x" * 201),
        ("PLANE", "ALL"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "two"),
        ("DRAIN_SECONDS", "-1"),
        ("DRAIN_SECONDS", "inf"),
        ("POLL_INTERVAL_SECONDS", "0"),
        ("POLL_INTERVAL_SECONDS", "nan"),
        ("MAX_STALENESS_SECONDS", "1e3"),
        ("MAX_STALENESS_SECONDS", "0"),
        ("BOOTSTRAP_API_KEY", "k" * 31),
        ("BOOTSTRAP_API_KEY", f"{'k' * 32} "),
        ("BOOTSTRAP_API_KEY", "ü" * 32),
        ("DECISION_AUTH", "off"),
        ("SERVICE_SECRET", "short"),
        ("SERVICE_SECRET", f"{SECRET}\nshort"),
        ("SERVICE_SECRET", "\n\n"),
        ("POLICY_DIR", "/nowhere"),
        ("POLICY_DIR", "tests"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_bad_value_is_a_fault_that_names_the_setting(name: str, value: str) -> None:
    (fault,) = faults({name: value})
    assert fault.startswith(f"{name} must ")
    assert f"for example `{name}=" in fault


def test_all_faults_are_told_together() -> None:
    found = faults({"PORT": "x", "PLANE": "x", "LOG_LEVEL": "x", "AUTH_ISSUER": "x", "HOST": "x y"})
    assert [fault.split()[0] for fault in found] == ["HOST", "PORT", "PLANE", "LOG_LEVEL", "AUTH_ISSUER"]


@pytest.mark.parametrize("name", ["BOOTSTRAP_API_KEY", "SERVICE_SECRET", "MONGODB_URI", "REDIS_URL"])
def test_a_fault_of_a_secret_does_not_tell_it(name: str) -> None:
    assert "hunter2" not in "".join(faults({name: "hunter2"}))


@pytest.mark.parametrize("setting", [setting for setting in TABLE if not setting.supported], ids=lambda s: str(s.name))
def test_a_setting_of_a_later_version_is_refused_and_not_ignored(setting: object) -> None:
    name = getattr(setting, "name", "")
    assert faults({name: "x"}) == [f"{name} is not supported by this version; take it away"]


def test_a_file_for_a_secret_of_a_later_version_is_refused_too() -> None:
    assert faults({"HR_SERVICE_TOKEN_FILE": "/nowhere"}) == [
        "HR_SERVICE_TOKEN_FILE is not supported by this version; take it away"
    ]


# --- secrets -----------------------------------------------------------------------------------------------


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    settings = read_settings({"BOOTSTRAP_API_KEY_FILE": str(file)})
    assert settings.bootstrap_api_key == Secret(KEY)
    assert settings.origins["BOOTSTRAP_API_KEY"] == f"file {file}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read: no such file or directory"),
        (b"", "which is empty"),
        (b"\xff", "can't be read: it isn't text in UTF-8"),
    ],
)
def test_a_file_that_has_no_secret_is_a_fault(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    (fault,) = faults({"BOOTSTRAP_API_KEY_FILE": str(file)})
    assert fault.startswith("BOOTSTRAP_API_KEY_FILE names")
    assert said in fault


def test_a_secret_and_a_file_for_it_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    (fault,) = faults({"BOOTSTRAP_API_KEY": KEY, "BOOTSTRAP_API_KEY_FILE": str(file)})
    assert fault == "BOOTSTRAP_API_KEY_FILE is set, and `BOOTSTRAP_API_KEY` too; set one of them"


def test_only_secrets_come_from_files(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("1")
    assert read_settings({"PORT_FILE": str(file)}).port == 3017


def test_a_secret_has_no_flag() -> None:
    assert {setting.name for setting in TABLE if setting.supported and setting.flag is None} == {
        "BOOTSTRAP_API_KEY",
        "MONGODB_URI",
        "REDIS_URL",
        "SERVICE_SECRET",
    }


def test_a_secret_is_never_shown() -> None:
    settings = read_settings({"BOOTSTRAP_API_KEY": KEY, "SERVICE_SECRET": SECRET})
    shown = {row.name: row.value for row in show(settings)}
    assert (shown["BOOTSTRAP_API_KEY"], shown["SERVICE_SECRET"]) == (MASK, MASK)
    for text in (repr(settings), str(settings), f"{settings.bootstrap_api_key}", f"{settings.service_secret!s}"):
        assert KEY not in text
        assert SECRET not in text


def test_what_is_shown_has_every_supported_setting_with_its_origin() -> None:
    rows = {row.name: (row.value, row.origin) for row in show(read_settings({"PORT": "3018"}, {"HOST": "::1"}))}
    assert list(rows) == [setting.name for setting in TABLE if setting.supported]
    assert rows["PORT"] == ("3018", "environment")
    assert rows["HOST"] == ("::1", "flag")
    assert rows["POLL_INTERVAL_SECONDS"] == ("0.2", "default")
    assert rows["POLICY_DIR"] == ("the one in the package", "default")


# --- one setting against another -----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_decisions_without_a_credential_are_for_this_machine_only(host: str) -> None:
    assert read_settings({"HOST": host, "DECISION_AUTH": "none"}).decision_auth is DecisionAuth.NONE


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.0.0.1", "example.org", "localhost.example.org"])
def test_decisions_without_a_credential_are_refused_where_others_could_ask(host: str) -> None:
    (fault,) = faults({"HOST": host, "DECISION_AUTH": "none"})
    assert fault.startswith("DECISION_AUTH may be `none` only at loopback or a Unix socket")


def test_a_unix_socket_stands_in_the_place_of_host_and_port() -> None:
    environment = {"HOST": EVERYWHERE, "UNIX_SOCKET": "/run/e.sock", "DECISION_AUTH": "none"}
    assert read_settings(environment).listens_to_this_machine_only


def test_the_staleness_limit_must_leave_time_to_poll() -> None:
    (fault,) = faults({"POLL_INTERVAL_SECONDS": "5", "MAX_STALENESS_SECONDS": "5"})
    assert fault == "MAX_STALENESS_SECONDS must be more than `POLL_INTERVAL_SECONDS`"


def test_mongodb_is_polled_seldom_has_a_copy_and_makes_no_secret() -> None:
    settings = read_settings({"MONGODB_URI": MONGODB, "SERVICE_SECRET": SECRET})
    assert (settings.poll_interval_seconds, settings.copy_path) == (5.0, Path("var/policy.copy"))
    assert read_settings({}).copy_path is None
    (fault,) = faults({"MONGODB_URI": MONGODB})
    assert fault.startswith("SERVICE_SECRET must be set with `MONGODB_URI`; for example `SERVICE_SECRET=")


# --- the page ------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[3] / "docs/reference/settings.md"


def test_the_page_shows_the_table_row_by_row() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `") and line.count("|") == 5]
    wanted = [
        f"| `{s.name}` | {'secret' if s.secret else f'`{s.flag}`'} | {s.shown} | {s.says} |"
        for s in TABLE
        if s.supported
    ]
    assert rows == wanted


def test_the_page_names_the_settings_of_later_versions() -> None:
    later = PAGE.read_text("utf-8").partition("## Not in this version")[2]
    rows = [line for line in later.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{setting.name}` | {setting.says} |" for setting in TABLE if not setting.supported]


# --- cores ---------------------------------------------------------------------------------------------------


def limited(tmp_path: Path, **limits: str) -> int:
    for group, limit in limits.items():
        folder = tmp_path / group.replace("_", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cpu.max").write_text(limit)
    own = tmp_path / "own"
    own.write_text("1:cpu:/other\n0::/a/b\n")
    return allowed_cores(tmp_path, own)


@pytest.fixture
def _sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


@pytest.mark.usefixtures("_sixteen_cores")
@pytest.mark.parametrize(
    ("limits", "cores"),
    [
        ({}, 16),
        ({"a_b": "max 100000"}, 16),
        ({"a_b": "200000 100000"}, 2),
        ({"a_b": "150000 100000"}, 2),
        ({"a_b": "50000 100000"}, 1),
        ({"a_b": "max 100000", "a": "300000 100000"}, 3),
        ({"a_b": "500000 100000", "a": "300000 100000"}, 3),
        ({"a_b": "9900000 100000"}, 16),
        ({"a_b": "nonsense"}, 16),
    ],
)
def test_processes_are_as_many_as_the_control_groups_allow_cores(
    tmp_path: Path, limits: dict[str, str], cores: int
) -> None:
    assert limited(tmp_path, **limits) == cores


@pytest.mark.usefixtures("_sixteen_cores")
def test_a_system_without_control_groups_has_its_cores(tmp_path: Path) -> None:
    assert allowed_cores(tmp_path / "none", tmp_path / "none") == 16
