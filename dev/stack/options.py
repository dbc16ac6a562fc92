"""How one local stack differs from the next: what is asked of it before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dev.stack.acr_events import DeliverySchema
from dev.stack.ports import ANY
from dev.stack.process import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the parts that people point clients at listen, when that is free. Images are named by
    the registry's port, so those that are kept on disk need the same again."""

    http: int = ANY
    https: int = ANY
    registry: int = ANY
    issuer: int = ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a stack differs from the next one."""

    app: Path = ROOT
    """The folder of `function_app.py`."""
    schema: DeliverySchema = DeliverySchema.EVENT_GRID
    settings: Mapping[str, str] = field(default_factory=dict)
    """App settings beside, or instead of, those that the stack makes itself."""
    ports: Ports = Ports()
    enrol: bool = True
    """Whether the plan is switched on; only the app of this project has one."""
    on_disk: bool = False
    """Whether storage survives a restart."""
    detached: bool = False
    """Whether it goes on when the process that started it ends."""
    tables: str | None = None
    """The URL of tables to use instead of Azurite's."""
    movable_clock: bool = False
    """Whether the app's time can be moved: `POST /admin/clock`, with the master key."""
