// What it takes on our side to connect a registry that is added later: Event Grid and Azure Monitor
// ask whether whoever makes them send something here may write to where it goes.
param principalId string
param environmentName string
param appName string
param workspaceName string

resource app 'Microsoft.Web/sites@2024-04-01' existing = { name: appName }

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = { name: workspaceName }

resource connect 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'pratique-connecting')
  properties: {
    roleName: 'Pratique connecting (${environmentName}, ${subscription().subscriptionId})'
    description: 'Have registries send their events to the app, and their logs to its workspace.'
    type: 'CustomRole'
    assignableScopes: [ resourceGroup().id ]
    permissions: [
      {
        actions: [
          'Microsoft.Web/sites/functions/read'
          'Microsoft.Web/sites/functions/write'
          'Microsoft.OperationalInsights/workspaces/read'
          'Microsoft.OperationalInsights/workspaces/sharedKeys/action' // keys that it does not take
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource events 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(app.id, principalId, 'connecting')
  scope: app
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: connect.id
  }
}

resource logs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, principalId, 'connecting')
  scope: workspace
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: connect.id
  }
}
