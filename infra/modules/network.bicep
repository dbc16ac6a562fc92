// A network of our own, for registries that are not public: one subnet for the app, one for
// sandboxes with a gateway to the outside, one for private endpoints.
param location string
param tags object
param token string
@description('Each kind of plan joins a subnet under a name of its own.')
param plan string

resource address 'Microsoft.Network/publicIPAddresses@2023-11-01' = {
  name: 'pip-pratique-${token}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2023-11-01' = {
  name: 'ng-pratique-${token}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [ { id: address.id } ] }
}

// Outwards only, and to nothing but what a sandbox needs: registries and storage speak HTTPS.
resource rules 'Microsoft.Network/networkSecurityGroups@2023-11-01' = {
  name: 'nsg-sandboxes-${token}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'https-out'
        properties: {
          priority: 100
          direction: 'Outbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '443'
        }
      }
      {
        name: 'nothing-else-out'
        properties: {
          priority: 4000
          direction: 'Outbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
      {
        name: 'nothing-in'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2023-11-01' = {
  name: 'vnet-pratique-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [ '10.80.0.0/22' ] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.80.0.0/24'
          delegations: [ { name: 'app', properties: { serviceName: plan == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms' } } ]
        }
      }
      {
        name: 'sandboxes'
        properties: {
          addressPrefix: '10.80.1.0/24'
          natGateway: { id: gateway.id }
          networkSecurityGroup: { id: rules.id }
          delegations: [
            { name: 'groups', properties: { serviceName: 'Microsoft.ContainerInstance/containerGroups' } }
          ]
        }
      }
      { name: 'endpoints', properties: { addressPrefix: '10.80.2.0/24' } }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }
  resource sandboxes 'subnets' existing = { name: 'sandboxes' }
  resource endpoints 'subnets' existing = { name: 'endpoints' }
}

output networkId string = network.id
output networkName string = network.name
output appSubnetId string = network::app.id
output sandboxSubnetId string = network::sandboxes.id
output endpointSubnetId string = network::endpoints.id
