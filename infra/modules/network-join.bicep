// The app's right to put container groups into the sandboxes' subnet.
param networkName string
param principalId string

resource network 'Microsoft.Network/virtualNetworks@2023-11-01' existing = {
  name: networkName

  resource sandboxes 'subnets' existing = { name: 'sandboxes' }
}

resource join 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'pratique-join')
  properties: {
    roleName: 'Pratique subnet join (${networkName})'
    description: 'Put container groups into the subnet of the sandboxes.'
    type: 'CustomRole'
    assignableScopes: [ resourceGroup().id ]
    permissions: [
      {
        actions: [
          'Microsoft.Network/virtualNetworks/subnets/read'
          'Microsoft.Network/virtualNetworks/subnets/join/action'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(network::sandboxes.id, principalId, 'join')
  scope: network::sandboxes
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: join.id
  }
}
