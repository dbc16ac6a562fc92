"""`make demo` shows what it promises, and says so when something is not as it should be."""

import asyncio
import json
import re
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from dev.images import samples
from dev.images.catalogue import CATALOGUE, Sample
from dev.images.databases import apk_installed
from dev.images.oci import Image, Layer, build_layout
from dev.stack.stack import Stack
from tests.e2e.push_to_findings.client import Client
from tests.e2e.push_to_findings.conftest import Demo, run_demo

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox, pytest.mark.azurite, pytest.mark.timeout(300)]


def commands(demo: Demo) -> list[str]:
    """The lines below "Go on with:"."""
    below = demo.out.partition("Go on with:\n")[2]
    return [line.strip() for line in below.partition("\n\n")[0].splitlines()]


def documents(text: str) -> list[dict[str, object]]:
    """The JSON objects that stand one behind the other."""
    found: list[dict[str, object]] = []
    while text := text.lstrip():
        document, end = json.JSONDecoder().raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def test_it_ends_well(demo: Demo) -> None:
    assert (demo.code, demo.error) == (0, ""), demo.out + demo.error


@pytest.mark.parametrize("sample", CATALOGUE, ids=lambda sample: sample.repository)
def test_every_image_has_its_row_with_its_verdict_and_seconds(sample: Sample, demo: Demo) -> None:
    table = demo.out.partition("Seconds")[2].splitlines()
    [row] = [line for line in table if line.strip().startswith(f"{sample.name}  ")]
    assert sample.health in row
    assert float(row.split()[-1]) > 0


@pytest.mark.parametrize("sample", CATALOGUE, ids=lambda sample: sample.repository)
def test_every_image_is_seen_on_its_way(sample: Sample, demo: Demo) -> None:
    assert f"{sample.name}: pushed\n" in demo.out
    assert f"{sample.name}: verdict\n" in demo.out


async def test_its_commands_work_as_they_are_printed(demo: Demo) -> None:
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euc", "\n".join(commands(demo))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await shell.communicate()
    assert (shell.returncode, error) == (0, b"")
    answers = documents(out.decode())
    assert len(answers) == len(commands(demo)) - 1  # the first sets the key
    assert not [answer for answer in answers if "status" in answer]  # none of them a problem


async def test_the_address_that_it_prints_signs_in_and_leads_to_the_overview(demo: Demo) -> None:
    (printed,) = re.findall(r"^Look at it; this signs a browser in:\n  (\S+)$", demo.out, re.M)
    door, _, token = printed.partition("#")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        async with browser.get(door) as asked:
            assert (asked.status, 'name="token"' in await asked.text()) == (200, True)
        form, ours = {"token": token, "next": "/"}, {"Sec-Fetch-Site": "same-origin"}
        async with browser.post(door, data=form, headers=ours, allow_redirects=False) as taken:
            assert (taken.status, taken.headers["Location"]) == (303, "/")
            (cookie,) = taken.cookies.values()  # for HTTPS alone: no jar would send it here
        signed_in = {"Cookie": f"{cookie.key}={cookie.value}"}
        async with browser.get(URL(door).origin(), headers=signed_in) as shown:
            assert (shown.status, "<h1>Overview</h1>" in await shown.text()) == (200, True)


async def test_ones_own_image_is_pushed_and_its_findings_are_shown(
    stack: Stack, client: Client, tmp_path: Path
) -> None:
    build_layout(tmp_path / "harbour", samples.alpine())
    demo = await run_demo(stack, f"--image=oci:{tmp_path / 'harbour'}")
    assert (demo.code, demo.error) == (0, ""), demo.out + demo.error
    assert "own/harbour:latest: verdict\n" in demo.out
    [row] = [line.split() for line in demo.out.splitlines() if "CVE-2024-5535" in line][:1]
    assert row[:5] == ["Critical", "CVE-2024-5535", "openssl", "3.1.4-r2", "3.1.6-r0"]
    assert len(await client.images("own/harbour")) == 1


async def test_what_no_advisory_could_be_compared_with_is_said(
    stack: Stack, client: Client, tmp_path: Path
) -> None:
    release = {
        "etc/os-release": b'ID=alpine\nVERSION_ID="3.2.0"\n',
        "etc/alpine-release": b"3.2.0\n",
    }
    installed = {"lib/apk/db/installed": apk_installed(samples.table("alpine-3.19"), "amd64")}
    build_layout(tmp_path / "old", Image(layers=[Layer(files={**release, **installed})]))
    demo = await run_demo(stack, f"--image=oci:{tmp_path / 'old'}")
    assert demo.code == 0, demo.out + demo.error
    [image] = (await client.images("own/old")).values()
    assert (image["health"], image["cause"]) == ("Unscanned", "left-out")
    inventory = image["inventory"]
    assert isinstance(inventory, dict)
    assert f"{inventory['packages']} of {inventory['packages']} packages could not be" in demo.out


async def test_an_image_that_gets_no_verdict_is_named_with_its_last_events_and_the_logs(
    stack: Stack, tmp_path: Path
) -> None:
    build_layout(tmp_path / "slow", Image(layers=[Layer(files={"etc/hostname": b"slow\n"})]))
    demo = await run_demo(stack, f"--image=oci:{tmp_path / 'slow'}", "--seconds=0.05")
    assert demo.code == 1
    assert "own/slow:latest: expected a verdict" in demo.out
    assert f"{stack.folder}/*.log" in demo.out
