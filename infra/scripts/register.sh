#!/bin/sh
# Registers the app with Microsoft Entra, so that people and pipelines can sign in to it: two roles,
# tokens of version 2, and the Azure CLI as a client that needs no consent. Can be run again.
. "$(dirname "$0")/common.sh"

name="pratique-${AZURE_ENV_NAME:?say which environment of azd}"
graph=$(az cloud show --query endpoints.microsoftGraphResourceId -o tsv)
cli=04b07795-8ddb-461a-bbee-02f9e1bf7b46 # the Azure CLI, in every tenant

id=$(az ad app list --filter "displayName eq '$name'" --query '[0].appId' -o tsv)
if [ -z "$id" ]; then
  id=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId -o tsv)
fi
az ad sp show --id "$id" --output none 2>/dev/null || az ad sp create --id "$id" --output none

role() { # an app role: its id never changes, for those who have it already
  cat <<EOF
{"id": "$1", "value": "$2", "displayName": "$3", "description": "$4", "isEnabled": true,
 "allowedMemberTypes": ["User", "Application"]}
EOF
}
scope=2f6e7c1a-64c9-4d0b-9a55-0d1f7f1c3b01
az rest --method PATCH --url "${graph%/}/v1.0/applications(appId='$id')" --body "{
  \"identifierUris\": [\"api://$id\"],
  \"groupMembershipClaims\": \"ApplicationGroup\",
  \"appRoles\": [
    $(role 7d0f5c52-1c7b-4f5f-9f0a-5a8e4a6b1c01 Pratique.Reader Reader 'Sees images, findings and bills.'),
    $(role 7d0f5c52-1c7b-4f5f-9f0a-5a8e4a6b1c02 Pratique.Administrator Administrator 'Writes rules and plans.')
  ],
  \"api\": {
    \"requestedAccessTokenVersion\": 2,
    \"oauth2PermissionScopes\": [{\"id\": \"$scope\", \"value\": \"user_impersonation\", \"type\": \"User\",
      \"isEnabled\": true, \"adminConsentDisplayName\": \"Ask Pratique\",
      \"adminConsentDescription\": \"Ask Pratique in the name of whoever is signed in.\"}]
  }
}"
# A client can be let in beforehand only to what is there already.
az rest --method PATCH --url "${graph%/}/v1.0/applications(appId='$id')" --body "{
  \"api\": {\"preAuthorizedApplications\": [{\"appId\": \"$cli\", \"delegatedPermissionIds\": [\"$scope\"]}]}
}"
azd env set PRATIQUE_AUDIENCE "$id"
echo "Registered as $id. Run \`azd provision\`, then give people their roles (docs/access.md)."
