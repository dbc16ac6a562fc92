// What somebody must hear of. Each rule asks the logs every five or fifteen minutes.
param location string
param tags object
param workspaceId string
param storageId string
param topicIds array
param email string

// What the app says of itself every ten minutes (core/query/pulse.py).
var pulse = 'AppTraces | where Message startswith "pulse " | extend pulse = parse_json(substring(Message, 6))'

var rules = [
  {
    name: 'halted-views'
    severity: 1
    every: 'PT15M'
    text: 'A view met an event that it cannot apply, and stands still in that shard.'
    query: '${pulse} | where array_length(pulse.halted) > 0'
  }
  {
    name: 'old-backlog'
    severity: 2
    every: 'PT15M'
    text: 'A pushed image waits for its sandbox for more than half an hour, or a rescan for a day.'
    query: '${pulse} | where toint(pulse.work.backlog.push.seconds) > 1800 or toint(pulse.work.backlog.rescan.seconds) > 86400'
  }
  {
    name: 'coverage'
    severity: 3
    every: 'PT15M'
    text: 'More than a twentieth of the images has no verdict.'
    query: '${pulse} | where toint(pulse.images.images) > 20 and toint(pulse.images.health.Unscanned) * 20 > toint(pulse.images.images)'
  }
  {
    name: 'poison-messages'
    severity: 2
    every: 'PT15M'
    text: 'A queue message failed five times. The timers look after what it announced; the log says why.'
    query: 'AppTraces | where Message has "poison queue"'
  }
  {
    name: 'no-sandboxes'
    severity: 2
    every: 'PT15M'
    text: 'Azure refuses container instances: quota, capacity, or too many requests. Scans wait.'
    query: 'AppTraces | where Message has "has no sandbox" and Message has "Azure"'
  }
  {
    name: 'failing-functions'
    severity: 2
    every: 'PT15M'
    text: 'Functions fail again and again: storage, a registry or Azure does not answer.'
    query: 'AppRequests | where Success == false and not(ResultCode startswith "4") | summarize failed = count() by OperationName | where failed > 20'
  }
  {
    name: 'silence'
    severity: 2
    every: 'PT15M'
    text: 'The timer that brings views to the end of the log has not run for half an hour: the app is down, and nothing is scanned.'
    query: 'AppRequests | where TimeGenerated > ago(30m) and OperationName == "sweep" | summarize runs = count() | where runs == 0'
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-pratique'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'pratique'
    enabled: true
    emailReceivers: [ { name: 'operator', emailAddress: email, useCommonAlertSchema: true } ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = [for rule in rules: {
  name: 'pratique-${rule.name}'
  location: location
  tags: tags
  properties: {
    displayName: 'Pratique: ${rule.name}'
    description: rule.text
    severity: rule.severity
    enabled: true
    scopes: [ workspaceId ]
    evaluationFrequency: rule.every
    windowSize: 'PT30M'
    criteria: {
      allOf: [
        { query: rule.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }
      ]
    }
    actions: { actionGroups: empty(email) ? [] : [ people.id ] }
    autoMitigate: true
  }
}]

// A backlog: more messages wait than sandboxes can take in an hour.
resource backlog 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'pratique-backlog'
  location: 'global'
  tags: tags
  properties: {
    description: 'Many messages wait. Raise PRATIQUE_SLOTS and the quota of container instances, or let it pass: docs/scale.md.'
    severity: 3
    enabled: true
    scopes: [ '${storageId}/queueServices/default' ]
    evaluationFrequency: 'PT1H'
    windowSize: 'PT1H'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'messages'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'QueueMessageCount'
          metricNamespace: 'Microsoft.Storage/storageAccounts/queueServices'
          operator: 'GreaterThan'
          threshold: 1000
          timeAggregation: 'Average'
        }
      ]
    }
    actions: empty(email) ? [] : [ { actionGroupId: people.id } ]
  }
}

// Event Grid gave up delivering: reconciliation finds what the events said, the container deadletter
// holds them.
resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = [for (topic, i) in topicIds: {
  name: 'pratique-dead-letters-${i}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Event Grid gave up delivering events of ${last(split(topic, '/'))}.'
    severity: 1
    enabled: true
    scopes: [ topic ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'dead-lettered'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'DeadLetteredCount'
          metricNamespace: 'Microsoft.EventGrid/systemTopics'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: empty(email) ? [] : [ { actionGroupId: people.id } ]
  }
}]
