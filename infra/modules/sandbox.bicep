// The resource group of the sandboxes, which is empty while nothing is scanned: their identity, and
// the app's right to make and delete container groups here and nowhere else.
param location string
param tags object
param token string
param appPrincipalId string

var roles = {
  containerInstancesContributor: '5d977122-f97e-4b4d-a52f-6b43003ddb4d'
  managedIdentityOperator: 'f1a07417-d97a-45cb-824c-7a7467783830'
}

resource pull 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-sandbox-${token}'
  location: location
  tags: tags
}

resource create 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, appPrincipalId, roles.containerInstancesContributor)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.containerInstancesContributor)
  }
}

resource lend 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(pull.id, appPrincipalId, roles.managedIdentityOperator)
  scope: pull
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.managedIdentityOperator)
  }
}

output pullIdentityId string = pull.id
output pullPrincipalId string = pull.properties.principalId
