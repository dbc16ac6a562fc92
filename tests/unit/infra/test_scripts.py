"""The hooks, run as `azd` runs them, against an `az` that writes down what it is asked."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DIGEST = "sha256:" + "7" * 64
CATALOGER = f"docker.io/aquasec/trivy@{DIGEST}"
TOPIC = (
    "/subscriptions/s/resourceGroups/theirs/providers/Microsoft.EventGrid/systemTopics/evgs-demo"
)
OUTPUTS = {
    "AZURE_RESOURCE_GROUP": "rg-test",
    "PRATIQUE_APP_NAME": "func-test",
    "PRATIQUE_APP_ID": "/app",
    "PRATIQUE_APP_URL": "https://app",
    "PRATIQUE_STORAGE_NAME": "st1",
    "PRATIQUE_STORAGE_ID": "/storage",
    "PRATIQUE_TOOLS_REGISTRY": "tools",
    "PRATIQUE_SANDBOX_TAG": "current",
    "PRATIQUE_TOPICS": f'["{TOPIC}"]',
}

AZ = """#!/bin/sh
echo "az $*" >> "$ASKED"
case "$*" in
  *"show-metadata"*trivy:pinned*) echo "$PINNED" ;;
  *"show-metadata"*) echo sha256:base ;;
  "acr show"*) echo tools.example ;;
  *identity.type*) echo SystemAssigned ;;
  *properties.source*) echo /registry ;;
  *allowSharedKeyAccess*) echo false ;;
  "functionapp keys list"*) echo key ;;
  "deployment group create"*)
    echo x >> "$ASKED.tries"
    [ "$(wc -l < "$ASKED.tries")" -gt "${FAILS:-0}" ] ;;
esac
"""

CURL = """#!/bin/sh
echo "curl $*" >> "$ASKED"
case "$*" in *http_code*) printf 401 ;; *) echo '{"status": "ok"}' ;; esac
"""

SLEEP = """#!/bin/sh
echo "sleep $*" >> "$ASKED"
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a script ended, and what it asked of others."""

    code: int
    errors: str
    asked: list[str]

    def asking(self, words: str) -> list[str]:
        return [line for line in self.asked if words in line]


def run(script: str, folder: Path, **more: str) -> Ran:
    """The script with programs of ours in place of `az`, `curl` and `sleep`, and no others than
    the system's own."""
    for name, program in (("az", AZ), ("curl", CURL), ("sleep", SLEEP), ("azd", "#!/bin/sh\n")):
        path = folder / name
        path.write_text(program)
        path.chmod(0o755)
    asked = folder / "asked"
    asked.touch()
    done = subprocess.run(  # noqa: S603 - the project's own script
        [ROOT / f"infra/scripts/{script}.sh"],
        cwd=ROOT,
        env={
            "PATH": f"{folder}:{os.defpath}",
            "ASKED": str(asked),
            "PINNED": DIGEST,
            **OUTPUTS,
            **more,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stderr, asked.read_text().splitlines())


def test_the_sandboxs_image_is_built_of_two_images_by_their_digests(tmp_path: Path) -> None:
    ran = run("build-sandbox", tmp_path, PRATIQUE_CATALOGER_IMAGE=CATALOGER)
    assert ran.code == 0, ran.errors
    (build,) = ran.asking("acr build")
    assert "BASE=tools.example/python@sha256:base" in build
    assert f"CATALOGER=tools.example/trivy@{DIGEST}" in build
    assert "--image pratique/sandbox:current" in build


@pytest.mark.parametrize(
    "cataloger",
    [
        "",
        "docker.io/aquasec/trivy",
        "docker.io/aquasec/trivy:0.76.0",
        "docker.io/aquasec/trivy@sha256:7777",
        f"docker.io/somebody/cataloger@{DIGEST}",
    ],
)
def test_without_the_catalogers_digest_nothing_is_built(cataloger: str, tmp_path: Path) -> None:
    ran = run("build-sandbox", tmp_path, PRATIQUE_CATALOGER_IMAGE=cataloger)
    assert (ran.code, ran.asked) == (1, [])
    assert "docs/deploy.md" in ran.errors


def test_another_cataloger_than_was_asked_for_is_not_built_in(tmp_path: Path) -> None:
    other = "sha256:" + "8" * 64
    ran = run("build-sandbox", tmp_path, PRATIQUE_CATALOGER_IMAGE=CATALOGER, PINNED=other)
    assert ran.code == 1
    assert ran.asking("acr build") == []


def test_events_are_subscribed_to_until_event_grid_sees_the_function(tmp_path: Path) -> None:
    ran = run("subscribe", tmp_path, FAILS="3")
    assert ran.code == 0, ran.errors
    creations = ran.asking("deployment group create")
    assert len(creations) == 4
    assert len(ran.asking("sleep 30")) == 3
    assert "--resource-group theirs" in creations[0]
    assert "topicName=evgs-demo functionAppId=/app storageId=/storage" in creations[0]
    assert "topicHasIdentity=true" in creations[0]


def test_what_never_works_is_given_up_and_said(tmp_path: Path) -> None:
    ran = run("subscribe", tmp_path, FAILS="1000")
    assert ran.code != 0
    assert len(ran.asking("deployment group create")) == 20
    assert "Given up after 20 tries" in ran.errors


def test_the_app_is_asked_how_it_is_and_whether_strangers_are_kept_out(tmp_path: Path) -> None:
    ran = run("smoke-test", tmp_path)
    assert ran.code == 0, ran.errors
    assert ran.asking("https://app/api/health")
    assert ran.asking("%{http_code}")


def test_what_was_made_beside_registries_is_taken_back(tmp_path: Path) -> None:
    ran = run("unsubscribe", tmp_path)
    assert ran.code == 0, ran.errors
    (events,) = ran.asking("event-subscription delete")
    assert "--system-topic-name evgs-demo" in events
    (logs,) = ran.asking("diagnostic-settings delete")
    assert "--resource /registry" in logs
