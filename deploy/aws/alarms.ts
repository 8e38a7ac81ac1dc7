import { Duration, Size } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import type * as rds from 'aws-cdk-lib/aws-rds'
import * as sns from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { MAX_CONNECTIONS } from './database.ts'

type Watched = {
  balancer: elb.ApplicationLoadBalancer
  targets: elb.ApplicationTargetGroup
  service: ecs.FargateService
  database: rds.DatabaseInstance
  email: string
}

/** What somebody must look at, sent to one topic. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { balancer, targets, service, database, email }: Watched) {
    super(scope, id)
    const topic = new sns.Topic(this, 'Topic', { enforceSSL: true })
    if (email !== '') topic.addSubscription(new EmailSubscription(email))

    const minute = { period: Duration.minutes(1) }
    const sum = { ...minute, statistic: 'Sum' }
    const over = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
    const under = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD

    const alarm = (name: string, metric: cloudwatch.Metric, comparisonOperator: cloudwatch.ComparisonOperator, threshold: number, minutes: number) =>
      metric
        .createAlarm(this, name, {
          comparisonOperator,
          threshold,
          evaluationPeriods: minutes,
          // a balancer without traffic sends no error counts
          treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING
        })
        .addAlarmAction(new SnsAction(topic))

    alarm('TargetErrors', targets.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, sum), over, 5, 3)
    alarm('BalancerErrors', balancer.metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, sum), over, 5, 3)
    alarm('UnhealthyTasks', targets.metrics.unhealthyHostCount({ ...minute, statistic: 'Maximum' }), over, 0, 5)
    alarm('ServiceCpu', service.metricCpuUtilization(minute), over, 85, 10)
    alarm('ServiceMemory', service.metricMemoryUtilization(minute), over, 85, 10)
    alarm('DatabaseCpu', database.metricCPUUtilization(minute), over, 80, 15)
    alarm('DatabaseStorage', database.metricFreeStorageSpace(minute), under, Size.gibibytes(4).toBytes(), 5)
    alarm('DatabaseConnections', database.metricDatabaseConnections(minute), over, MAX_CONNECTIONS * 0.8, 5)
  }
}
