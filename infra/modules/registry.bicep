// Beside a registry, in its own resource group: the topic of its events, its logs, and the app's
// right to pull. The event subscription itself waits for the code (`events.bicep`).
param registryName string
param appPrincipalId string
param workspaceId string
@description('A topic that exists; when empty one is made.')
param topicId string
param tags object

var roles = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d' // registries that go by roles on the whole
  containerRegistryRepositoryReader: 'b93aa761-3e63-49ed-ac28-beffa264f7ac' // and by repository
  containerRegistryRepositoryCatalogLister: 'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7'
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = { name: registryName }

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (empty(topicId)) {
  name: 'evgs-${registryName}'
  location: registry.location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: registry.id
    topicType: 'Microsoft.ContainerRegistry.Registries'
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'pratique'
  scope: registry
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'ContainerRegistryRepositoryEvents', enabled: true }
      { category: 'ContainerRegistryLoginEvents', enabled: true }
    ]
  }
}

resource pulls 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in items(roles): {
  name: guid(registry.id, appPrincipalId, role.value)
  scope: registry
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
  }
}]

output loginServer string = registry.properties.loginServer
output topicId string = empty(topicId) ? topic.id : topicId
output topicPrincipalId string = empty(topicId) ? topic.identity.principalId : ''
