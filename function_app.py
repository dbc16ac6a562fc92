"""The one FunctionApp. Azure looks for it here, at the root; everything else is in `functions/`."""

import azure.functions as func

from core.telemetry.lines import keep_to_lines
from functions import (
    fleet,
    gate,
    health,
    images,
    manage,
    notifications,
    openapi,
    page_door,
    page_forms,
    page_mending,
    page_upkeep,
    pages,
    plans,
    projections,
    query,
    recommendations,
    registry_events,
    resource_graph,
    rule_files,
    rules,
    scans,
    schedule,
    security,
)

keep_to_lines()
app = func.FunctionApp(http_auth_level=func.AuthLevel.ADMIN)  # for a route that forgot its guard
app.register_functions(registry_events.blueprint)
app.register_functions(scans.blueprint)
app.register_functions(gate.blueprint)
app.register_functions(fleet.blueprint)
app.register_functions(health.blueprint)
app.register_functions(images.blueprint)
app.register_functions(manage.blueprint)
app.register_functions(openapi.blueprint)
app.register_functions(plans.blueprint)
app.register_functions(projections.blueprint)
app.register_functions(query.blueprint)
app.register_functions(recommendations.blueprint)
app.register_functions(resource_graph.blueprint)
app.register_functions(rule_files.blueprint)
app.register_functions(rules.blueprint)
app.register_functions(schedule.blueprint)
app.register_functions(security.blueprint)
app.register_functions(notifications.blueprint)
app.register_functions(pages.blueprint)
app.register_functions(page_upkeep.blueprint)
app.register_functions(page_forms.blueprint)
app.register_functions(page_mending.blueprint)
app.register_functions(page_door.blueprint)
