/** What outlives every release: network, image repository, database, secrets. */
import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecr from 'aws-cdk-lib/aws-ecr'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { Database } from './database.ts'
import type { Settings } from './settings.ts'

export class Base extends Stack {
  readonly vpc: ec2.Vpc
  readonly repository: ecr.Repository
  readonly database: Database
  /** By the name of the variable that brings them to the service. */
  readonly secrets: Record<
    'JWT_SECRET_KEY' | 'JWT_SECRET_KEY_ACCEPTED' | 'METRICS_TOKEN' | 'ADMIN_PASSWORD',
    secretsmanager.Secret
  >
  readonly outputs: CfnOutput[]

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: 'Tasktrail: network, image repository, database, secrets' })

    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'),
      maxAzs: 2,
      // one per zone, so that losing a zone never stops the other from starting tasks
      natGateways: 2,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'service', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      // image layers come from S3: through this free endpoint instead of the NAT gateways
      gatewayEndpoints: { s3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    })
    this.vpc.addFlowLog('FlowLog', {
      trafficType: ec2.FlowLogTrafficType.REJECT,
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new logs.LogGroup(this, 'FlowLogs', {
          retention: logs.RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      ),
    })

    this.repository = new ecr.Repository(this, 'Repository', {
      repositoryName: 'tasktrail',
      imageScanOnPush: true,
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      lifecycleRules: [{ maxImageCount: 50 }],
      removalPolicy: RemovalPolicy.RETAIN,
    })

    this.database = new Database(this, 'Database', this.vpc, settings)

    const secrets = new Construct(this, 'Secrets')
    const generate = (name: string) =>
      new secretsmanager.Secret(secrets, name, {
        description: `${name} of Tasktrail`,
        generateSecretString: { excludePunctuation: true, passwordLength: 64 },
        // the signing key also encrypts columns: without it a snapshot of the database is not whole
        removalPolicy: RemovalPolicy.RETAIN,
      })
    this.secrets = {
      JWT_SECRET_KEY: generate('JWT_SECRET_KEY'),
      // nobody's until JWT_SECRET_KEY is exchanged: a secret must not be empty
      JWT_SECRET_KEY_ACCEPTED: generate('JWT_SECRET_KEY_ACCEPTED'),
      METRICS_TOKEN: generate('METRICS_TOKEN'),
      ADMIN_PASSWORD: generate('ADMIN_PASSWORD'),
    }

    const values = {
      RepositoryUri: this.repository.repositoryUri,
      DatabaseCaSecret: this.database.authority.secretArn,
      AdminPasswordSecret: this.secrets.ADMIN_PASSWORD.secretArn,
      JwtSecret: this.secrets.JWT_SECRET_KEY.secretArn,
      AcceptedJwtSecret: this.secrets.JWT_SECRET_KEY_ACCEPTED.secretArn,
      MetricsTokenSecret: this.secrets.METRICS_TOKEN.secretArn,
    }
    this.outputs = Object.entries(values).map(([name, value]) => new CfnOutput(this, name, { value }))
  }
}
