"""Telemetry that goes to Application Insights.

Only numbers go this way. The Functions host carries the log already, and nothing here watches HTTP
calls: their addresses may hold a signature that opens a blob, which is a secret.

Imported only where it is configured: the libraries behind it take a while to load, and start a
thread.
"""

from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from core.errors import ConfigurationError
from core.telemetry.meter import OpenTelemetry

EVERY = 60_000
"""Milliseconds between two deliveries."""


def open_telemetry(connection_string: str) -> OpenTelemetry:
    """Telemetry to the resource that the connection string names. ConfigurationError when it names
    none. Signs in as APPLICATIONINSIGHTS_AUTHENTICATION_STRING says, which the library reads."""
    try:
        exporter = AzureMonitorMetricExporter(
            connection_string=connection_string,
            disable_offline_storage=True,  # a function app's disk does not last
        )
    except ValueError as error:
        raise ConfigurationError(f"APPLICATIONINSIGHTS_CONNECTION_STRING: {error}") from error
    return OpenTelemetry(PeriodicExportingMetricReader(exporter, export_interval_millis=EVERY))
