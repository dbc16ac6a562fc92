"""The rules that disable findings: written, previewed, brought as files, applied to images."""

from dataclasses import dataclass

from core.projections.runner import Runner
from core.query.rule_files import RuleFiles
from core.query.rules import RuleQueries
from core.rules.applying import RuleApplier
from core.rules.bringing import RuleBringer
from core.rules.desk import RuleDesk
from core.rules.preview import Previews
from core.rules.subjects import Subjects
from core.storage.interface import Rows
from functions.composition.advice import Advice
from functions.composition.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Who keeps rules and who applies them."""

    desk: RuleDesk
    queries: RuleQueries
    files: RuleFiles
    applier: RuleApplier


async def build_ruling(
    ground: Ground, advice: Advice, runner: Runner, *, rules: Rows, images: Rows, findings: Rows
) -> Ruling:
    """Who keeps the rules of this process's log."""
    log, account = ground.log, ground.account
    desk, subjects = RuleDesk(log, ground.dispatch), Subjects(images, findings)
    previews = Previews(subjects, log.shards, account.artifacts, advice.forecasts)
    return Ruling(
        desk=desk,
        queries=RuleQueries(desk, rules, previews),
        files=RuleFiles(RuleBringer(desk)),
        applier=RuleApplier(
            log,
            rules,
            await account.tables.open("ruleprogress"),
            subjects,
            runner,
            desk,
            advice.rulings,
            ground.dispatch,
        ),
    )
