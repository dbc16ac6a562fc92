// Pratique in one subscription: what `azd up` makes. Everything lives in two resource groups, one
// for the app and one that holds nothing but sandboxes; what must be elsewhere (a registry's event
// topic and diagnostics) is made beside the registry, by a module of its own.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Name of the environment; every name here is made of it.')
param environmentName string

@minLength(1)
@description('Region of everything but what belongs beside a registry.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Resource ids of the registries to scan. More can be enrolled later.')
param registryIds array = []

@description('Event Grid system topics that exist already, by registry id in lower case: a registry has room for one.')
param topicIds object = {}

@allowed([ 'flex', 'premium' ])
@description('Flex Consumption costs nothing while idle; Premium is for clouds and regions without it.')
param plan string = 'flex'

@description('A virtual network for sandboxes and app, for registries that only a private network reaches.')
param privateNetwork bool = false

@description('Whether the app may see every registry of the subscription, and so enrol those added later.')
param discover bool = true

@description('Further subscriptions in which it may, where it may here.')
param subscriptionIds array = []

@description('Who is told of alerts; nobody when empty.')
param alertEmail string = ''

@description('Client id of the registration by which people sign in; nobody can while it is empty.')
param audience string = ''

@description('Further app settings, by name; they win.')
param settings object = {}

@description('How the image of the sandbox is tagged by the build.')
param sandboxTag string = 'current'

var tags = { 'azd-env-name': environmentName }
var token = toLower(uniqueString(subscription().id, environmentName, location))
var discovered = discover ? union([ subscription().subscriptionId ], subscriptionIds) : []
var cloud = {
  AzureCloud: 'public'
  AzureUSGovernment: 'usgovernment'
  AzureChinaCloud: 'china'
}[environment().name]

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

resource sandboxGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}-sandboxes'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: { location: location, tags: tags, name: 'id-pratique-${token}' }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    appPrincipalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: { location: location, tags: tags, token: token, plan: plan }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'stpratique${token}'
    appPrincipalId: identity.outputs.principalId
    subnetId: privateNetwork ? network.outputs.endpointSubnetId : ''
    networkId: privateNetwork ? network.outputs.networkId : ''
  }
}

module tools 'modules/tools.bicep' = {
  name: 'tools'
  scope: group
  params: { location: location, tags: tags, name: 'crpratique${token}' }
}

module sandbox 'modules/sandbox.bicep' = {
  name: 'sandbox'
  scope: sandboxGroup
  params: {
    location: location
    tags: tags
    token: token
    appPrincipalId: identity.outputs.principalId
  }
}

module sandboxPull 'modules/tools-pull.bicep' = {
  name: 'sandbox-pull'
  scope: group
  params: {
    registryName: tools.outputs.name
    principalId: sandbox.outputs.pullPrincipalId
  }
}

module sandboxSubnet 'modules/network-join.bicep' = if (privateNetwork) {
  name: 'sandbox-subnet'
  scope: group
  params: {
    networkName: privateNetwork ? network.outputs.networkName : ''
    principalId: identity.outputs.principalId
  }
}

module discovery 'modules/discovery.bicep' = [for id in discovered: {
  name: 'discovery-${environmentName}'
  scope: subscription(id)
  params: { principalId: identity.outputs.principalId, environmentName: environmentName }
}]

module connecting 'modules/connecting.bicep' = if (discover) {
  name: 'connecting'
  scope: group
  params: {
    principalId: identity.outputs.principalId
    environmentName: environmentName
    appName: app.outputs.name
    workspaceName: monitoring.outputs.workspaceName
  }
}

module notifications 'modules/notifications.bicep' = {
  name: 'notifications'
  scope: group
  params: {
    location: location
    tags: tags
    name: 'evgt-pratique-${token}'
    appPrincipalId: identity.outputs.principalId
  }
}

module registries 'modules/registry.bicep' = [for (id, i) in registryIds: {
  name: 'registry-${i}-${environmentName}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registryName: last(split(id, '/'))
    appPrincipalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    topicId: topicIds[?toLower(id)] ?? ''
    tags: tags
  }
}]

module topicRoles 'modules/storage-topic.bicep' = [for (id, i) in registryIds: {
  name: 'topic-${i}'
  scope: group
  params: {
    storageName: storage.outputs.name
    topicPrincipalId: registries[i].outputs.topicPrincipalId
  }
}]

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    audience: audience
    location: location
    tags: union(tags, { 'azd-service-name': 'api' })
    name: 'func-pratique-${token}'
    plan: plan
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
    principalId: identity.outputs.principalId
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    deploymentContainer: storage.outputs.deploymentContainer
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    subnetId: privateNetwork ? network.outputs.appSubnetId : ''
    registries: [for (id, i) in registryIds: {
      loginServer: registries[i].outputs.loginServer
      resourceId: id
    }]
    subscriptionIds: discovered
    cloud: cloud
    sandboxGroupId: sandboxGroup.id
    sandboxImage: '${tools.outputs.loginServer}/pratique/sandbox:${sandboxTag}'
    sandboxIdentityId: sandbox.outputs.pullIdentityId
    sandboxSubnetId: privateNetwork ? network.outputs.sandboxSubnetId : ''
    topicEndpoint: notifications.outputs.endpoint
    workspaceId: monitoring.outputs.workspaceId
    logWorkspace: monitoring.outputs.workspaceCustomerId
    settings: settings
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    storageId: storage.outputs.id
    topicIds: [for (id, i) in registryIds: registries[i].outputs.topicId]
    email: alertEmail
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output PRATIQUE_APP_NAME string = app.outputs.name
output PRATIQUE_APP_URL string = app.outputs.url
output PRATIQUE_APP_ID string = app.outputs.id
output PRATIQUE_STORAGE_NAME string = storage.outputs.name
output PRATIQUE_STORAGE_ID string = storage.outputs.id
output PRATIQUE_TOOLS_REGISTRY string = tools.outputs.name
output PRATIQUE_SANDBOX_TAG string = sandboxTag
output PRATIQUE_SANDBOX_RESOURCE_GROUP string = sandboxGroup.name
output PRATIQUE_NOTIFICATION_TOPIC string = notifications.outputs.endpoint
output PRATIQUE_TOPICS array = [for (id, i) in registryIds: registries[i].outputs.topicId]
