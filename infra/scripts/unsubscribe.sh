#!/bin/sh
# Takes back what was made beside the registries. `azd down` removes the resource groups.
. "$(dirname "$0")/common.sh"

value PRATIQUE_TOPICS | tr -d '[]" ' | tr ',' '\n' | while read -r topic; do
  [ -n "$topic" ] || continue
  group=$(echo "$topic" | cut -d/ -f5)
  subscription=$(echo "$topic" | cut -d/ -f3)
  registry=$(az resource show --ids "$topic" --query 'properties.source' -o tsv)
  az eventgrid system-topic event-subscription delete --yes --subscription "$subscription" \
    --resource-group "$group" --system-topic-name "$(basename "$topic")" --name pratique
  az monitor diagnostic-settings delete --resource "$registry" --name pratique
done
