// The function app. On Flex Consumption it costs nothing while idle; where a cloud has no Flex, the
// same app runs on Elastic Premium.
param location string
param tags object
param name string
@allowed([ 'flex', 'premium' ])
param plan string
param identityId string
param clientId string
param principalId string
param blobEndpoint string
param queueEndpoint string
param tableEndpoint string
param deploymentContainer string
param insightsConnectionString string
param subnetId string
param registries array
@description('Whose registries the app finds by itself.')
param subscriptionIds array
param cloud string
param audience string
param sandboxGroupId string
param sandboxImage string
param sandboxIdentityId string
param sandboxSubnetId string
param topicEndpoint string
@description('Resource id of the workspace that registries log to, and what it is called by those who ask it.')
param workspaceId string
param logWorkspace string
param settings object

var isFlex = plan == 'flex'
var pythonVersion = '3.13'

var appSettings = union({
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: queueEndpoint
  AzureWebJobsStorage__tableServiceUri: tableEndpoint
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  // The exporter neither tells anybody else of itself, nor takes settings from elsewhere.
  APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL: 'true'
  APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true'
  APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED: 'true'
  // host.json looks at every queue ten times a second, as a laptop wants it. Here looks cost, and a
  // message that failed shall find storage recovered.
  AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:02'
  AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:30'
  // Pages stand at the root, where the host would show one of its own.
  AzureWebJobsDisableHomepage: 'true'
  PRATIQUE_CLOUD: cloud
  PRATIQUE_TENANT: tenant().tenantId
  PRATIQUE_AUDIENCE: audience
  PRATIQUE_REGISTRIES: string(registries)
  PRATIQUE_SUBSCRIPTIONS: join(subscriptionIds, ',')
  // Not the app's symbol: its settings are a part of it.
  PRATIQUE_EVENT_FUNCTION: '${resourceId('Microsoft.Web/sites', name)}/functions/registry_events'
  PRATIQUE_DIAGNOSTICS_WORKSPACE: workspaceId
  // By either name the registries' logs may call us; our own pulls are nobody's use of an image.
  PRATIQUE_OWN_IDENTITIES: '${principalId},${clientId}'
  PRATIQUE_TOPIC_ENDPOINT: topicEndpoint
  PRATIQUE_LOG_WORKSPACE: logWorkspace
  PRATIQUE_CATALOGER: 'trivy'
  PRATIQUE_SLOTS: '40'
  PRATIQUE_RESERVED_SLOTS: '10'
  PRATIQUE_SANDBOX: 'container-instances'
  PRATIQUE_SANDBOX_SECONDS: '900'
  PRATIQUE_SANDBOX_GROUP: sandboxGroupId
  PRATIQUE_SANDBOX_LOCATION: location
  PRATIQUE_SANDBOX_IMAGE: sandboxImage
  PRATIQUE_SANDBOX_IDENTITY: sandboxIdentityId
  PRATIQUE_SANDBOX_SUBNET: sandboxSubnetId
}, isFlex ? {} : {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'python'
}, settings)

resource hosting 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'elastic'
  sku: isFlex ? { name: 'FC1', tier: 'FlexConsumption' } : { name: 'EP1', tier: 'ElasticPremium' }
  properties: isFlex ? { reserved: true } : { reserved: true, maximumElasticWorkerCount: 20 }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: hosting.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: isFlex ? {
      runtime: { name: 'python', version: pythonVersion }
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 40 }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainer
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
    } : null
    siteConfig: union({
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
    }, isFlex ? {} : { linuxFxVersion: 'PYTHON|${pythonVersion}' })
  }

  resource values 'config' = {
    name: 'appsettings'
    properties: appSettings
  }

  // Nobody publishes with a secret of the app: deployments sign in.
  resource publishing 'basicPublishingCredentialsPolicies' = [for kind in [ 'ftp', 'scm' ]: {
    name: kind
    properties: { allow: false }
  }]
}

output id string = app.id
output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
