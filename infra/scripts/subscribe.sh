#!/bin/sh
# Subscribes the app to its registries' events, and tries again until Event Grid sees the function.
. "$(dirname "$0")/common.sh"

app=$(value PRATIQUE_APP_ID)
storage=$(value PRATIQUE_STORAGE_ID)

subscribe() { # to the topic with that resource id
  topic=$1
  group=$(echo "$topic" | cut -d/ -f5)
  identity=$(az resource show --ids "$topic" --query 'identity.type' -o tsv)
  az deployment group create --only-show-errors --output none \
    --subscription "$(echo "$topic" | cut -d/ -f3)" --resource-group "$group" \
    --name "pratique-$(basename "$topic")" --template-file infra/events.bicep \
    --parameters "topicName=$(basename "$topic")" "functionAppId=$app" "storageId=$storage" \
    "topicHasIdentity=$([ "$identity" = SystemAssigned ] && echo true || echo false)"
}

value PRATIQUE_TOPICS | tr -d '[]" ' | tr ',' '\n' | while read -r topic; do
  [ -z "$topic" ] || patiently subscribe "$topic"
done
