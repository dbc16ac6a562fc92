"""The forms that there are, and which of them a request asks for."""

from collections.abc import Mapping

from core.errors import InvalidInput
from core.exports.cyclonedx import CYCLONEDX
from core.exports.interface import Form
from core.exports.lines import CSV, JSON_LINES
from core.exports.openvex import OPENVEX
from core.exports.sarif import SARIF
from core.exports.spdx import SPDX
from core.query.accepting import liked

FORMS = (CYCLONEDX, SPDX, SARIF, OPENVEX, CSV, JSON_LINES)
MEDIA_TYPES = tuple(form.media_type for form in FORMS)
_BY_NAME = {form.name: form for form in FORMS}
_BY_TYPE = {form.media_type: form for form in FORMS} | {"application/json": CYCLONEDX}
ACCEPTED = tuple(_BY_TYPE)
"""What `Accept` may say: who takes any JSON gets the first form."""


def form_of(given: Mapping[str, str], accept: str | None) -> Form:
    """The form by `format`, else by what `Accept` likes best. InvalidInput where there is none
    such."""
    name = given.get("format")
    if name is not None:
        if name.lower() not in _BY_NAME:
            raise InvalidInput(f"format must be one of {', '.join(_BY_NAME)}")
        return _BY_NAME[name.lower()]
    best = liked(accept, ACCEPTED)
    if best is None:
        served = ", ".join(MEDIA_TYPES)
        raise InvalidInput(f"Accept names no form that an export has; there are {served}")
    return _BY_TYPE[best]
