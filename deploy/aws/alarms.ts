import { Duration, Size, Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type * as rds from 'aws-cdk-lib/aws-rds'
import * as sns from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { MIN_TASKS } from './settings.ts'

type Watched = {
  balancer: elb.ApplicationLoadBalancer
  targets: elb.ApplicationTargetGroup
  service: ecs.FargateService
  database: rds.DatabaseInstance
  maxConnections: number
  email: string
}

/**
 * Adds alarms for what somebody must look at, all sent to one topic. Answers their names, which are fixed: the service
 * names them for its deployments, and some of them name the service.
 */
export function addAlarms(stack: Construct, watched: Watched): string[] {
  const { balancer, targets, service, database, maxConnections, email } = watched
  const scope = new Construct(stack, 'Alarms')
  const topic = new sns.Topic(scope, 'Topic', { enforceSSL: true })
  // that rule replaces the topic's default policy, which would have let the alarms in
  topic.grantPublish(
    new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(stack).account } },
    }),
  )
  if (email !== '') topic.addSubscription(new EmailSubscription(email))

  const minute = { period: Duration.minutes(1) }
  const sum = { ...minute, statistic: 'Sum' }
  const over = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
  const under = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD

  const names: string[] = []
  const { NOT_BREACHING, BREACHING } = cloudwatch.TreatMissingData
  const alarm = (
    name: string,
    metric: cloudwatch.Metric,
    comparisonOperator: cloudwatch.ComparisonOperator,
    threshold: number,
    minutes: number,
    // a balancer without traffic sends no error counts
    treatMissingData = NOT_BREACHING,
  ) => {
    const alarmName = `tasktrail-${name}`
    names.push(alarmName)
    metric
      .createAlarm(scope, name, {
        alarmName,
        comparisonOperator,
        threshold,
        evaluationPeriods: minutes,
        treatMissingData,
      })
      .addAlarmAction(new SnsAction(topic))
  }

  alarm('TargetErrors', targets.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, sum), over, 5, 3)
  alarm('BalancerErrors', balancer.metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, sum), over, 5, 3)
  alarm('UnhealthyTasks', targets.metrics.unhealthyHostCount({ ...minute, statistic: 'Maximum' }), over, 0, 5)
  alarm(
    'TooFewTasks',
    targets.metrics.healthyHostCount({ ...minute, statistic: 'Minimum' }),
    under,
    MIN_TASKS,
    5,
    // where no task is registered, nobody counts the healthy ones
    BREACHING,
  )
  alarm('ServiceCpu', service.metricCpuUtilization(minute), over, 85, 10)
  alarm('ServiceMemory', service.metricMemoryUtilization(minute), over, 85, 10)
  alarm('DatabaseCpu', database.metricCPUUtilization(minute), over, 80, 10)
  alarm('DatabaseStorage', database.metricFreeStorageSpace(minute), under, Size.gibibytes(4).toBytes(), 5)
  alarm('DatabaseConnections', database.metricDatabaseConnections(minute), over, maxConnections * 0.8, 5)
  return names
}
