"""One queue message: what the function is given, and the text behind an encoding."""

import base64
import json
from datetime import datetime

from azure.storage.queue import QueueMessage

from dev.host.protos import TypedData
from dev.host.worker import Metadata


def decode(message: QueueMessage, *, base64_text: bool) -> str:
    """The message's text. Raises ValueError when it is not in the encoding that host.json names."""
    content: str = message.content or ""
    if not base64_text:
        return content
    try:
        return base64.b64decode("".join(content.split()), validate=True).decode()
    except ValueError as error:
        raise ValueError(f"it is not base64 of UTF-8 text ({error})") from error


def metadata(message: QueueMessage, text: str) -> Metadata:
    """What the host in Azure tells about a message, in the forms in which it does."""
    return {
        "QueueTrigger": TypedData(string=text),
        "Id": TypedData(string=message.id),
        "PopReceipt": TypedData(string=message.pop_receipt),
        "DequeueCount": TypedData(json=json.dumps(message.dequeue_count)),
        "InsertionTime": _time(message.inserted_on),
        "ExpirationTime": _time(message.expires_on),
        "NextVisibleTime": _time(message.next_visible_on),
    }


def _time(moment: datetime | None) -> TypedData:
    return TypedData(json=json.dumps(moment.isoformat() if moment else None))
