"""The object graph, built in layers: each module builds one part of the app from those before it.

`ground` is what all stand on; `advice` knows the advisories; `following` folds the log into views
and reacts to it; `holdings` knows registries; `scanning` takes images through their scans; `ruling`
disables findings; `notices` tells of changes; `answers` is what people and scripts ask.
"""
