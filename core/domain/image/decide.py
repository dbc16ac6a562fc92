"""What follows from a command, given what is known. Nothing follows from a repetition."""

from collections.abc import Sequence

from core.domain import events as e
from core.domain.image import assessing, ends, families, presence, requests
from core.domain.image import commands as c
from core.domain.image.state import Image


def decide(image: Image, command: c.Command) -> Sequence[e.ImageEvent]:
    """The facts that the command leads to; none when it is a repetition, or comes too late."""
    match command:
        case c.RecordPush():
            return presence.push(image, command)
        case c.RecordPresence():
            return presence.present(image, command)
        case c.RecordDeletion():
            return presence.delete(image, command)
        case c.RecordPull():
            return presence.pull(image, command)
        case c.LoseTag():
            return presence.lose_tag(image, command)
        case c.RemoveTag():
            return presence.remove_tag(image, command)
        case c.AdoptParent():
            return families.adopt(image, command)
        case c.RecordChildren():
            return families.children(image, command)
        case c.RequestScan():
            return requests.request(image, command)
        case c.Reassess():
            return assessing.reassess(image, command)
        case c.ApplyRules():
            return assessing.apply_rules(image, command)
        case c.StartAttempt():
            return requests.start(image, command)
        case c.WithdrawScan():
            return requests.withdraw(image, command)
        case _:
            return ends.end(image, command)
