"""Stand-ins for the gRPC messages in which the runtime library speaks with its host.

In Azure these classes are generated from a protobuf file, and travel between two processes. The
library takes them from its caller (`properties["protos"]`) and only reads and sets attributes, so
plain objects do. The names are those of the protobuf file (FunctionRpc.proto), whatever our style.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import ClassVar

type _Bytes = bytes
type _Int = int


@dataclass(slots=True, kw_only=True)
class TypedData:
    """One value on its way in or out; exactly one field is set."""

    string: str | None = None
    json: str | None = None
    bytes: _Bytes | None = None
    http: "RpcHttp | None" = None
    int: "_Int | None" = None
    double: float | None = None

    def WhichOneof(self, group: str) -> str | None:
        """The name of the field that is set; the group is always `data`."""
        names = ("string", "json", "bytes", "http", "int", "double")
        return next((name for name in names if getattr(self, name) is not None), None)


@dataclass(slots=True, kw_only=True)
class RpcHttp:
    """A request (method, url, params, query) or a response (status_code, cookies)."""

    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: TypedData = field(default_factory=TypedData)
    status_code: str = ""
    cookies: "list[RpcHttpCookie] | None" = None
    enable_content_negotiation: bool = False


@dataclass(slots=True, kw_only=True)
class ParameterBinding:
    """A function's argument, by name."""

    name: str
    data: TypedData

    def WhichOneof(self, group: str) -> str:
        """Always `data`: there is no memory shared with another process."""
        return "data"


@dataclass(slots=True, kw_only=True)
class RpcException:
    """What a function raised."""

    message: str = ""
    stack_trace: str = ""


@dataclass(slots=True, kw_only=True)
class StatusResult:
    """How something ended."""

    Failure: ClassVar[int] = 0
    Success: ClassVar[int] = 1
    status: int
    exception: RpcException | None = None


@dataclass(slots=True, kw_only=True)
class BindingInfo:
    """Type and direction of a binding, with the values of both enumerations."""

    out: ClassVar[int] = 1
    inout: ClassVar[int] = 2
    undefined: ClassVar[int] = 0
    type: str
    data_type: int | None
    direction: int


@dataclass(slots=True, kw_only=True)
class RpcRetryOptions:
    """A function's `@retry`; read by the library, not acted upon here."""

    max_retry_count: int
    retry_strategy: str
    delay_interval: timedelta | None = None
    minimum_interval: timedelta | None = None
    maximum_interval: timedelta | None = None


@dataclass(slots=True, kw_only=True)
class RpcFunctionMetadata:
    """One function of the app, as indexed."""

    name: str
    function_id: str
    directory: str
    script_file: str
    entry_point: str
    language: str
    managed_dependency_enabled: bool
    is_proxy: bool
    bindings: dict[str, BindingInfo]
    raw_bindings: list[str]
    """Each binding as the JSON that function.json would hold."""
    retry_options: RpcRetryOptions | None
    properties: dict[str, str]


@dataclass(slots=True, kw_only=True)
class WorkerMetadata:
    """Which library answers."""

    runtime_name: str
    runtime_version: str
    worker_version: str
    worker_bitness: str
    custom_properties: dict[str, str]


@dataclass(slots=True, kw_only=True)
class WorkerInitResponse:
    """The answer to `worker_init_request`, which imports and indexes the app."""

    result: StatusResult
    capabilities: dict[str, str]
    worker_metadata: WorkerMetadata


@dataclass(slots=True, kw_only=True)
class FunctionMetadataResponse:
    """The answer to `functions_metadata_request`."""

    result: StatusResult
    use_default_metadata_indexing: bool
    function_metadata_results: list[RpcFunctionMetadata] | None


@dataclass(slots=True, kw_only=True)
class FunctionLoadResponse:
    """The answer to `function_load_request`."""

    result: StatusResult
    function_id: str


@dataclass(slots=True, kw_only=True)
class InvocationResponse:
    """The answer to `invocation_request`."""

    result: StatusResult
    invocation_id: str
    return_value: TypedData | None = None
    output_data: list[ParameterBinding] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class NullableString:
    """A cookie's attribute that may be absent."""

    value: str


@dataclass(slots=True, kw_only=True)
class NullableBool:
    """Likewise."""

    value: bool


@dataclass(slots=True, kw_only=True)
class NullableDouble:
    """Likewise."""

    value: float


@dataclass(slots=True, kw_only=True)
class Timestamp:
    """Seconds since 1970."""

    seconds: int


@dataclass(slots=True, kw_only=True)
class NullableTimestamp:
    """Likewise."""

    value: Timestamp


@dataclass(slots=True, kw_only=True)
class RpcHttpCookie:
    """One `Set-Cookie` of a response."""

    SameSite: ClassVar[SimpleNamespace] = SimpleNamespace(
        **{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3}
    )
    name: str
    value: str
    domain: NullableString | None = None
    path: NullableString | None = None
    expires: NullableTimestamp | None = None
    secure: NullableBool | None = None
    http_only: NullableBool | None = None
    same_site: int = 0
    max_age: NullableDouble | None = None
