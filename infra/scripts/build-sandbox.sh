#!/bin/sh
# Builds the sandbox's image in the tools registry, of two images that are pinned by their digests: the
# base by the one that it has today, the cataloger by the one that somebody has looked up and decided on.
. "$(dirname "$0")/common.sh"

registry=$(value PRATIQUE_TOOLS_REGISTRY)
tag=$(value PRATIQUE_SANDBOX_TAG)
cataloger=$(value PRATIQUE_CATALOGER_IMAGE)
base=python:3.13-slim-bookworm

# What reads hostile images comes from who makes it, in the version that was tested, and from nowhere
# else: so its digest is nobody's guess.
if ! echo "$cataloger" | grep -Eq '^[a-z0-9][a-z0-9./_-]*/trivy@sha256:[0-9a-f]{64}$'; then
  echo "PRATIQUE_CATALOGER_IMAGE is '$cataloger': it must name Trivy's official image by its digest," >&2
  echo "docker.io/aquasec/trivy@sha256:... How to look that up: docs/deploy.md, 'The cataloger'." >&2
  exit 1
fi

digest_of() { # of an image in the tools registry
  az acr manifest show-metadata --registry "$registry" --name "$1" --query digest -o tsv
}

# Both come into the registry first: builds there are not rate-limited by anybody else.
patiently az acr import --name "$registry" --source "docker.io/library/$base" --image "$base" --force
patiently az acr import --name "$registry" --source "$cataloger" --image trivy:pinned --force
server=$(az acr show --name "$registry" --query loginServer -o tsv)
digest=$(digest_of "$base")
pinned=$(digest_of trivy:pinned)
[ "$pinned" = "${cataloger#*@}" ] || { echo "The cataloger came as $pinned, not as asked." >&2; exit 1; }

az acr build --registry "$registry" --platform linux/amd64 \
  --build-arg "BASE=$server/python@$digest" \
  --build-arg "CATALOGER=$server/trivy@$pinned" \
  --image "pratique/sandbox:$tag" --file infra/sandbox/Dockerfile .
