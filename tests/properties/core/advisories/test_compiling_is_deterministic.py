"""The same records compile to the same bytes, however they are shuffled and split."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.advisories.compiler import compile_database
from tests.support.advisories import Json, affected, below, record

_BOUNDS = st.sampled_from(["1.0", "1.0.0", "1.1", "2.0", "odd"])
_NAMES = st.sampled_from(["a", "A", "b", "c"])
_RECORDS = st.lists(
    st.builds(
        lambda number, name, bound, versions, modified: record(
            f"X-{number}",
            below("PyPI", name, bound),
            affected("npm", name, versions=versions),
            modified=f"2024-01-0{modified}T00:00:00Z",
        ),
        st.integers(0, 5),
        _NAMES,
        _BOUNDS,
        st.lists(_BOUNDS, max_size=3),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=10,
)


@given(records=_RECORDS, data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_order_and_division_of_the_input_do_not_matter(
    tmp_path: Path, records: list[Json], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(records))
    cut = data.draw(st.integers(0, len(records)))

    one = _compile(tmp_path, records)
    other = _compile(tmp_path, shuffled[:cut], shuffled[cut:])

    assert one == other


def _compile(folder: Path, *files: list[Json]) -> bytes:
    paths = []
    for number, records in enumerate(files):
        path = folder / f"{number}.jsonl"
        path.write_text("".join(json.dumps(each) + "\n" for each in records))
        paths.append(path)
    return compile_database(paths, folder / "advisories.db").path.read_bytes()
