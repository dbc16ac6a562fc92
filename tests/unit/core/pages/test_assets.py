"""Files of the pages have the name that their content gives them."""

from core.pages.assets import address_of, asset_at, assets


def test_an_address_names_the_content() -> None:
    name = address_of("page.css").rpartition("/")[2]
    asset = asset_at(name)
    assert asset is not None
    assert asset.hash in name
    assert asset.media_type.startswith("text/css")


def test_another_content_and_another_name_are_not_there() -> None:
    name = address_of("page.css").rpartition("/")[2]
    wrong = name.replace(assets()["page.css"].hash, "0" * 12)
    for address in (wrong, "page.css", "../rendering.py", "", name.upper()):
        assert asset_at(address) is None


def test_everything_that_a_first_view_brings_is_small() -> None:
    assert sum(len(one.compressed) for one in assets().values()) < 30_000


def test_nothing_comes_from_elsewhere() -> None:
    for one in assets().values():
        text = one.content.replace(b"http://www.w3.org/2000/svg", b"")
        assert b"http:" not in text
        assert b"https:" not in text
        assert b"//cdn" not in text
