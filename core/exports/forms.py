"""The forms that there are, and which of them a request asks for."""

from collections.abc import Mapping

from core.errors import InvalidInput
from core.exports.cyclonedx import CYCLONEDX
from core.exports.interface import Form
from core.exports.lines import CSV, JSON_LINES
from core.exports.openvex import OPENVEX
from core.exports.sarif import SARIF
from core.exports.spdx import SPDX

FORMS = (CYCLONEDX, SPDX, SARIF, OPENVEX, CSV, JSON_LINES)
MEDIA_TYPES = tuple(form.media_type for form in FORMS)
_BY_NAME = {form.name: form for form in FORMS}
_BY_TYPE = {form.media_type: form for form in FORMS} | {
    "": CYCLONEDX,
    "*/*": CYCLONEDX,
    "application/*": CYCLONEDX,
    "application/json": CYCLONEDX,
    "text/*": CSV,
}


def form_of(given: Mapping[str, str], accept: str | None) -> Form:
    """The form by `format`, else by the first of the types of `Accept` that there is. InvalidInput
    where there is none such."""
    name = given.get("format")
    if name is not None:
        if name.lower() not in _BY_NAME:
            raise InvalidInput(f"format must be one of {', '.join(_BY_NAME)}")
        return _BY_NAME[name.lower()]
    types = [one.partition(";")[0].strip().lower() for one in (accept or "").split(",")]
    for one in types:
        if one in _BY_TYPE:
            return _BY_TYPE[one]
    served = ", ".join(form.media_type for form in FORMS)
    raise InvalidInput(f"Accept names no form that an export has; there are {served}")
