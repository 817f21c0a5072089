"""The files in ``deploy/`` as those see them who read them: nginx, systemd, their own forms."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tidebreak.cli.app import app

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
SOURCES = "\n".join(
    path.read_text() for path in (ROOT / "src" / "tidebreak" / "service").rglob("*.py")
)


def program(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"needs {name}")
    return path


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_systemd_takes_the_unit_and_finds_little_exposed(tmp_path):
    program("systemd-analyze")
    text = (DEPLOY / "tidebreak.service").read_text()
    unit = tmp_path / "tidebreak.service"
    unit.write_text(text.replace("/opt/tidebreak/bin/tidebreak", shutil.which("true") or "true"))
    checked = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    said = [line for line in checked.stderr.splitlines() if unit.name in line]
    assert said == []
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert rated.returncode == 0, rated.stdout[-300:]


def test_what_the_unit_starts_is_a_command():
    for line in re.findall(
        r"^Exec\w+=(\S+) (.*)$", (DEPLOY / "tidebreak.service").read_text(), re.MULTILINE
    ):
        shown = CliRunner().invoke(app, [*line[1].split(), "--help"])
        assert shown.exit_code == 0, shown.output


def test_nginx_takes_the_proxy(tmp_path):
    nginx, openssl = program("nginx"), program("openssl")
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(chain)],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "proxy.conf").read_text()
    text = text.replace("/etc/nginx/tls", str(tmp_path)).replace("screening:8480", "127.0.0.1:8480")
    main = tmp_path / "nginx.conf"
    main.write_text(f"events {{}}\npid {tmp_path}/pid;\nhttp {{ {text} }}\n")
    found = subprocess.run(
        [nginx, "-t", "-e", str(tmp_path / "log"), "-c", str(main)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr


def test_nothing_but_the_proxy_can_be_reached_and_the_database_by_nobody_else():
    services = compose()["services"]
    assert [name for name, one in services.items() if one.get("ports")] == ["proxy"]
    assert services["database"]["networks"] == ["back"]
    assert compose()["networks"]["back"] == {"internal": True}
    assert "back" not in services["proxy"]["networks"]


def test_uploads_lie_on_a_disk_and_the_policy_outlives_a_replica():
    screening = compose()["services"]["screening"]
    assert "/var/lib/tidebreak" in screening["volumes"]
    assert screening["tmpfs"] == ["/tmp"]
    placed = {one["target"] for one in screening["configs"]}
    assert placed == {f"/var/lib/tidebreak/{name}.toml" for name in ("policy", "service")}


def test_no_secret_stands_in_the_files():
    environment = compose()["services"]["database"]["environment"]
    assert "POSTGRES_PASSWORD" not in environment
    assert ":" not in compose()["services"]["screening"]["environment"][
        "TIDEBREAK_DATABASE"
    ].partition("//")[2].partition("@")[0]  # fmt: skip


def test_the_container_installs_extras_that_exist_and_runs_as_nobody_special():
    text = (DEPLOY / "Containerfile").read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    [wanted] = re.findall(r"^ARG EXTRAS=([\w,]+)$", text, re.MULTILINE)
    assert '".[$EXTRAS]"' in text
    assert set(wanted.split(",")) <= set(extras)
    assert text.index("USER tidebreak") < text.index('CMD ["sh"')
    for command in re.findall(r"tidebreak (init|serve[^\"]*)", text):
        shown = CliRunner().invoke(app, [*command.split(), "--help"])
        assert shown.exit_code == 0, shown.output


METRIC = re.compile(r"\btidebreak_(\w+)")


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yaml"])
def test_every_metric_that_is_watched_is_one_that_the_service_has(name):
    text = (DEPLOY / name).read_text()
    (json.loads if name.endswith("json") else yaml.safe_load)(text)
    watched = set(METRIC.findall(text))
    assert len(watched) > 4
    for metric in watched:
        plain = re.sub(r"_(total|bucket|count|sum)$", "", metric)
        assert f'"{plain}"' in SOURCES or f'"tidebreak_{plain}"' in SOURCES, metric


def test_every_alarm_is_explained():
    page = (ROOT / "docs" / "operations.md").read_text()
    [group] = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]:
        assert f"`{rule['alert']}`" in page
