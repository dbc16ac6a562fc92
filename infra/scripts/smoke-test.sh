#!/bin/sh
# Asks the app how it is, as a client would, and looks whether its parts are where they must be.
. "$(dirname "$0")/common.sh"

url=$(value PRATIQUE_APP_URL)
storage=$(value PRATIQUE_STORAGE_NAME)
registry=$(value PRATIQUE_TOOLS_REGISTRY)
tag=$(value PRATIQUE_SANDBOX_TAG)

healthy() {
  curl --fail --silent --show-error --max-time 60 "$url/api/health"
}

patiently healthy
echo
anonymous=$(curl --silent --output /dev/null --write-out '%{http_code}' "$url/api/images")
[ "$anonymous" = 401 ] || { echo "Somebody without a token got $anonymous, not 401." >&2; exit 1; }
keys=$(az storage account show --name "$storage" --query allowSharedKeyAccess -o tsv)
[ "$keys" = false ] || { echo "Storage still takes account keys." >&2; exit 1; }
az acr manifest show-metadata --registry "$registry" --name "pratique/sandbox:$tag" --output none
echo "The app answers, nobody unknown is let in, storage takes no keys, the sandbox has its image."
