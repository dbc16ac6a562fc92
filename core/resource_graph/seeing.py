"""Which rows a question sees: those of its own scope that its asker may see."""

from core.access.scope import Scope
from core.resource_graph.database import Database
from core.resource_graph.questions import Question
from core.resource_graph.tables import Visible

_REGISTRIES = "SELECT DISTINCT registry FROM resources WHERE registry <> ''"
_REPOSITORIES = "SELECT DISTINCT registry, repository FROM subjects"
_ANY = "*"


def visible_in(database: Database, question: Question, scope: Scope) -> Visible:
    """The rows, by what there is. What is said of a registry as a whole is for who may see all of
    it; management groups hold every subscription, since nobody here knows which they do."""
    named = question.subscriptions
    subscriptions = None if named is None else frozenset(one.lower() for one in named)
    if scope.places is None:
        return Visible(subscriptions=subscriptions)
    whole = Scope(places=tuple(one for one in scope.places if one.repository == _ANY))
    registries = database.ask(_REGISTRIES, {})
    repositories = database.ask(_REPOSITORIES, {})
    return Visible(
        subscriptions=subscriptions,
        registries=frozenset(str(one) for (one,) in registries if whole.touches(str(one))),
        repositories=frozenset(
            (str(registry), str(repository))
            for registry, repository in repositories
            if scope.holds(str(registry), str(repository))
        ),
    )
