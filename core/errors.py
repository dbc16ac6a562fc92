"""Every error that Pratique raises, drawn as the tree it is.

PratiqueError
├── InvalidInput               input that is not what it must be; trying again won't help
│   ├── InvalidReference       an image, repository, tag or digest that is none
│   ├── InvalidEvent           a registry event that cannot be read
│   ├── InvalidManifest        a manifest or image configuration that cannot be read
│   ├── InvalidInventory       an SBOM that is not one, or beyond its limits
│   ├── InvalidAdvisory        an advisory record that cannot be compiled
│   ├── InvalidRule            a disable rule that makes no sense
│   ├── InvalidQuery           a Resource Graph query that cannot be read; says where
│   ├── QueryTooLarge          one that takes longer, or more memory, than a query may
│   └── InvalidReport          a sandbox's outcome or report that cannot be believed
├── LogError                   the event log (core/log/interface.py)
│   ├── Contended              still losing the race after the last try
│   └── CorruptLog             what is in the log contradicts itself
│       └── UnreadableEvent    a hole in the positions, or an event that does not decode
├── RegistryError              the container registry (core/registry/interface.py)
│   ├── AccessDenied           401 or 403 after authenticating
│   ├── NotFound               no such manifest, blob or repository
│   ├── Throttled              429 or 503; carries how long to wait
│   ├── RegistryUnavailable    no answer, or one that makes no sense
│   └── UntrustedContent       a digest that does not match, a size beyond its limit, a bad redirect
├── SandboxError               starting or stopping a sandbox (core/sandbox/interface.py)
│   └── SandboxUnavailable     none is to be had for now: quota, capacity, too many requests
├── KeysUnavailable            who issues tokens does not say with which keys; nobody can be known
├── FeedError                  a source of advisories gave nothing that can be used
├── NotificationError          notices could not be told (core/notifications/topic.py)
│   ├── TopicRefused           the topic will never take this one
│   └── TopicUnavailable       no answer, or a refusal for now: it may have been taken or not
├── AdvisoriesError            the compiled advisories cannot be opened or built
├── StorageError               rows, artifacts and queues (core/storage/interface.py)
│   ├── LimitExceeded          a write that storage would refuse, refused before any I/O
│   ├── RowConflict            a transaction whose assumptions no longer hold; nothing was written
│   ├── StorageUnavailable     no answer, or a refusal for now: a write may or may not have happened
│   └── ArtifactMissing        a content-addressed blob that is not there, or hashes wrong
├── NotNow                     what was asked for does not go with how things stand
└── ConfigurationError         a setting that is missing or makes no sense

Expected outcomes (an image that is not applicable, a scan that failed) are values, not errors.
"""


class PratiqueError(Exception):
    """The root: whatever Pratique raises on purpose is one of these."""


class InvalidInput(PratiqueError):
    """Input from outside that is not what it must be. Never worth a retry."""


class InvalidReference(InvalidInput):
    """An image, repository, tag or digest that does not follow the OCI grammar."""


class InvalidEvent(InvalidInput):
    """A registry event that cannot be read."""


class InvalidManifest(InvalidInput):
    """A manifest, index or image configuration that cannot be read."""


class InvalidInventory(InvalidInput):
    """A document that is no CycloneDX SBOM, or one beyond its limits."""


class InvalidAdvisory(InvalidInput):
    """An advisory record that cannot be compiled."""


class InvalidRule(InvalidInput):
    """A disable rule that makes no sense, or says more than its author can have meant."""


class InvalidQuery(InvalidInput):
    """A Kusto query that cannot be read, or asks for what there is not."""

    def __init__(self, message: str, *, line: int, column: int, token: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.token = token


class QueryTooLarge(InvalidInput):
    """A query that takes longer than one may, or more memory. Asking for less will help."""


class InvalidReport(InvalidInput):
    """A sandbox's report or outcome that cannot be believed."""


class LogError(PratiqueError):
    """The event log could not do what it was asked."""


class Contended(LogError):
    """An append that still lost its race after the last try."""


class CorruptLog(LogError):
    """The log contradicts itself."""


class UnreadableEvent(CorruptLog):
    """At one position stands nothing, what does not decode, or what names a blob that is gone."""

    position: int
    """In its shard."""

    def __init__(self, shard: int, position: int, why: str) -> None:
        super().__init__(f"shard {shard}, position {position}: {why}")
        self.position = position


class RegistryError(PratiqueError):
    """The container registry did not give what was asked of it."""


class AccessDenied(RegistryError):
    """The registry refused our credential (401 or 403)."""


class NotFound(RegistryError):
    """The registry knows no such manifest, blob or repository."""


class Throttled(RegistryError):
    """The registry asked to slow down (429 or 503)."""

    retry_after: float
    """Seconds to wait, as the registry says, or our own estimate."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RegistryUnavailable(RegistryError):
    """The registry gave no answer, or one that makes no sense."""


class UntrustedContent(RegistryError):
    """What the registry sent is not what was named: wrong digest, too large, a bad redirect."""


class SandboxError(PratiqueError):
    """A sandbox could not be started, asked or stopped."""


class SandboxUnavailable(SandboxError):
    """No sandbox is to be had for now: a quota, a region's capacity, too many requests."""


class KeysUnavailable(PratiqueError):
    """The issuer of tokens gave no keys that they could be checked with. A later try may."""


class FeedError(PratiqueError):
    """A source of advisories gave no answer, or one that cannot be used."""


class NotificationError(PratiqueError):
    """Notices could not be told."""


class TopicRefused(NotificationError):
    """The topic will never take what it was given: trying again won't help."""


class TopicUnavailable(NotificationError):
    """The topic gave no answer, or refuses for now. It may have taken what it was given."""


class AdvisoriesError(PratiqueError):
    """The compiled advisories could not be opened or built."""


class StorageError(PratiqueError):
    """Rows, artifacts or queues did not do what they were asked."""


class LimitExceeded(StorageError):
    """A write larger than storage takes, refused before any I/O."""


class RowConflict(StorageError):
    """A transaction assumed something that is no longer so. Nothing of it was written."""


class StorageUnavailable(StorageError):
    """Storage gave no answer, or refused for now. A write may or may not have happened."""


class ArtifactMissing(StorageError):
    """A content-addressed blob that is not there, or whose bytes hash to another name."""


class NotNow(PratiqueError):
    """What was asked for does not go with how things stand; the message says how they do."""


class ConfigurationError(PratiqueError):
    """A setting is missing or makes no sense; the message names it."""
