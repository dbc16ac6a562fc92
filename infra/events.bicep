// Events of one registry to the app. Apart from `main.bicep`, because Event Grid looks whether the
// function is there; the hook after deployment runs this, and again until it is.
param topicName string
param functionAppId string
param storageId string
@description('Whether the topic has an identity of its own, with which dead letters are written.')
param topicHasIdentity bool = true

var types = [
  'Microsoft.ContainerRegistry.ImagePushed'
  'Microsoft.ContainerRegistry.ImageDeleted'
]
var deadLetters = {
  endpointType: 'StorageBlob'
  properties: { resourceId: storageId, blobContainerName: 'deadletter' }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = { name: topicName }

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'pratique'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: { includedEventTypes: types }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${functionAppId}/functions/registry_events'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    deadLetterWithResourceIdentity: topicHasIdentity ? {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: deadLetters
    } : null
  }
}
