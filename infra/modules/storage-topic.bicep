// What a registry's event topic may do here: leave events that could not be delivered.
param storageName string
param topicPrincipalId string

var roles = { storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' }

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadletter 'containers' existing = { name: 'deadletter' }
  }
}

resource write 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(topicPrincipalId)) {
  name: guid(account::blobs::deadletter.id, topicPrincipalId, roles.storageBlobDataContributor)
  scope: account::blobs::deadletter
  properties: {
    principalId: topicPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
  }
}
