#!/bin/sh
# Builds the sandbox's image in the tools registry, on a base that is pinned by its digest.
. "$(dirname "$0")/common.sh"

registry=$(value PRATIQUE_TOOLS_REGISTRY)
tag=$(value PRATIQUE_SANDBOX_TAG)
base=python:3.13-slim-bookworm

# The base comes into the registry first: builds there are not rate-limited by anybody else.
patiently az acr import --name "$registry" --source "docker.io/library/$base" --image "$base" --force
digest=$(az acr manifest show-metadata --registry "$registry" --name "$base" --query digest -o tsv)
server=$(az acr show --name "$registry" --query loginServer -o tsv)

az acr build --registry "$registry" --platform linux/amd64 \
  --build-arg "BASE=$server/python@$digest" \
  --image "pratique/sandbox:$tag" --file infra/sandbox/Dockerfile .
