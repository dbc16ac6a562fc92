"""The image: one manifest, from its first push to its deletion and back.

Its stream is the only place where it is decided whether a scan is due, which attempt counts, and
what the verdict is. Pushes and deletions are ordered by the registry's clock, because they may
arrive in any order; everything else by the log.
"""

from core.domain.decider import Decider
from core.domain.events import ImageEvent
from core.domain.image.commands import Command
from core.domain.image.decide import decide
from core.domain.image.evolve import evolve
from core.domain.image.state import Image

__all__ = ["IMAGE", "Command", "Image", "decide", "evolve"]

IMAGE: Decider[Image, Command, ImageEvent] = Decider(
    kind="image", schema=5, state=Image, initial=Image(), evolve=evolve, decide=decide
)
"""The aggregate. Stream: registry + repository + digest."""
