"""What a rule would do, while it is being written."""

from dataclasses import dataclass

from core.answers.rules import RulePreview


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage:
    """What the form shows beside itself: a preview, or what is wrong with the rule."""

    preview: RulePreview | None = None
    trouble: str = ""
