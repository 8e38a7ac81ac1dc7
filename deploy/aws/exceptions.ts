/** Every rule of cdk-nag that is not followed, where, and why. A test refuses the ones no longer needed. */
import { type App, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

type Exception = { at: string; rules: string[]; reason: string }

const lambdaPolicy =
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]'

export const EXCEPTIONS: Exception[] = [
  {
    at: 'TasktrailBase/Database',
    rules: ['AwsSolutions-SMG4'],
    reason:
      'The passwords are parts of URLs, which a rotation by Secrets Manager would not change; databasePasswordVersion changes both.',
  },
  {
    at: 'TasktrailBase/Database/Instance',
    rules: ['AwsSolutions-RDS11'],
    reason:
      'Only members of one security group reach the port, in subnets without a route to the internet; another number hides nothing.',
  },
  {
    at: 'TasktrailBase/Secrets',
    rules: ['AwsSolutions-SMG4'],
    reason:
      'The tasks read these secrets when they start, so rotating one ends with a deployment: README.md has the steps.',
  },
  {
    at: 'TasktrailService/Task/Service',
    rules: ['AwsSolutions-ECS2'],
    reason: 'The plain variables are settings; every secret comes from Secrets Manager.',
  },
  ...['Service', 'Migration'].map((task) => ({
    at: `TasktrailService/Task/${task}/ExecutionRole`,
    rules: ['AwsSolutions-IAM5[Resource::*]'],
    reason: 'Logging in to the registry (ecr:GetAuthorizationToken) has no resource to name.',
  })),
  {
    at: 'TasktrailService/Entrance/Balancer',
    rules: ['AwsSolutions-EC23'],
    reason: 'The API is public.',
  },
  {
    at: 'TasktrailService/Entrance/AccessLogs',
    rules: ['AwsSolutions-S1'],
    reason: 'The bucket holds access logs; logging who reads them belongs to the trail of the account.',
  },
  {
    at: 'TasktrailService/Migration',
    rules: [lambdaPolicy],
    reason: 'The policy only writes logs.',
  },
  {
    at: 'TasktrailService/Migration/finished',
    rules: ['AwsSolutions-IAM5[Resource::*]'],
    reason: 'The id of a task is not known before it runs; a condition limits the right to the cluster.',
  },
  {
    at: 'TasktrailService/Migration/Provider',
    rules: [
      'AwsSolutions-IAM5[Resource::<MigrationstartCF5014F5.Arn>:*]',
      'AwsSolutions-IAM5[Resource::<Migrationfinished0B672D0C.Arn>:*]',
      'AwsSolutions-IAM5[Resource::<MigrationProviderframeworkisCompleteD18FDEF4.Arn>:*]',
      'AwsSolutions-IAM5[Resource::<MigrationProviderframeworkonTimeout22B578D9.Arn>:*]',
      'AwsSolutions-SF1',
      'AwsSolutions-SF2',
    ],
    reason:
      'Made by the provider framework of aws-cdk-lib: it may call every version of its functions, and its waiting loop has nothing of its own to log.',
  },
]

/** Tells the checks about every exception. */
export function acknowledgeExceptions(app: App): void {
  for (const { at, rules, reason } of EXCEPTIONS) {
    const place = at.split('/').reduce<IConstruct>((scope, id) => scope.node.findChild(id), app)
    Validations.of(place).acknowledge(...rules.map((id) => ({ id, reason })))
  }
}
