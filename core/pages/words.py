"""The API's words as people say them: short, and without blame."""

HEALTH = {
    "Healthy": "Healthy",
    "Unhealthy": "Unhealthy",
    "NotApplicable": "Not applicable",
    "Unscanned": "Not scanned yet",
}
FRESHNESS = {
    "Current": "Up to date",
    "Delayed": "Scan under way",
    "Stale": "Out of date",
    "Failed": "Last scan failed",
}
CAUSES = {
    "windows": "A Windows image: its packages are not looked into.",
    "artifact": "An artifact, not a container image.",
    "foreign-layers": "It has layers that its registry does not hold.",
    "too-large": "It is larger than a scan may be.",
    "malformed": "Its manifest or configuration cannot be read.",
    "left-out": "Some of its packages could not be compared, so it is not called healthy.",
    "pull-denied": "The registry refused the pull: the app's identity lacks a role there.",
    "manifest-unknown": "The registry has no such manifest any more.",
    "throttled": "The registry asked for fewer requests.",
    "registry-unavailable": "The registry did not answer.",
    "untrusted-content": "What was pulled is not what its digest says.",
    "timeout": "The scan took longer than it may.",
    "out-of-memory": "The scan needed more memory than a sandbox has.",
    "cataloger-crashed": "The program that lists packages came to grief over it.",
    "report-invalid": "What the scan brought out could not be believed.",
    "no-sandbox": "No sandbox could be had.",
    "internal": "Something went wrong in the app itself.",
    "plan-off": "Scanning is switched off for its subscription.",
    "firewalled": "The registry lets nobody in through its firewall.",
    "not-arm-based": "The registry is not managed by Azure Resource Manager.",
    "unsupported-feature": "The registry uses a feature that cannot be scanned.",
    "not-ready": "The registry is still being made.",
    "not-enrolled": "Its registry is none of those that are looked after.",
    "withdrawn": "Its last scan was called off before it began.",
    "unused": "Nobody has used it for a while.",
    "overdue": "Nobody has looked at it for longer than its turn.",
}
"""What to say of the causes that need more than their own name."""

EVENTS = {
    "ImagePushed": "Pushed",
    "ImagePulled": "Pulled",
    "ImageDeleted": "Deleted",
    "PushOutdated": "A late notice of a push",
    "DeletionOutdated": "A late notice of a deletion",
    "TagMoved": "A tag moved away",
    "TagRemoved": "A tag was removed",
    "ScanRequested": "Scan requested",
    "ScanStarted": "Scan started",
    "InventoryTaken": "Inventory taken",
    "IndexRead": "Index read",
    "ScanCompleted": "Scan completed",
    "RulesApplied": "Rules applied",
    "ScanFailed": "Scan failed",
    "ScanWithdrawn": "Scan withdrawn",
    "ImageNotApplicable": "Not applicable",
    "ParentFound": "Listed by an index",
    "ChildAssessed": "An image of the index was assessed",
}
REASONS = {
    "push": "a push",
    "import": "an import",
    "reconcile": "a look into the registry",
    "index": "an index that lists it",
    "pulled": "the weekly look at what is pulled",
    "advisories-changed": "new advisories",
    "on-request": "a request",
}
"""What led to a scan."""


def health_in_words(health: str) -> str:
    """A verdict."""
    return HEALTH.get(health, health)


def freshness_in_words(freshness: str) -> str:
    """How far a verdict can be trusted."""
    return FRESHNESS.get(freshness, freshness)


def cause_in_words(cause: str | None) -> str:
    """Why there is no verdict, or no current one."""
    if cause is None:
        return ""
    return CAUSES.get(cause, cause.replace("-", " ").capitalize() + ".")
