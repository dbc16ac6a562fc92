"""The local Functions host: runs the function app on a laptop, by the rules of the host in Azure.

Microsoft's own Python library (`azure-functions-runtime`) indexes, loads and invokes the functions,
in this process. What is written here is the other half, which in Azure is a .NET program: routes
and keys, the Event Grid webhook, queues, timers and settings. Where that program is peculiar, this
one is peculiar in the same way, so that nothing works here which would not work there;
`docs/adr/0004-local-functions-host.md` lists what was taken from its source, and what is missing.
"""
