import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as rds from 'aws-cdk-lib/aws-rds'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { maxConnections, type Settings } from './settings.ts'

/** Where the tasks find the certificate authority that signed the database's certificate. */
export const CA_FILE = '/tls/ca.pem'

/** PostgreSQL over two zones, reachable only for members of `clients`, and the URLs that open it. */
export class Database extends Construct {
  readonly instance: rds.DatabaseInstance
  readonly clients: ec2.SecurityGroup
  /** For the service: a role that may read and write rows. The migration makes it. */
  readonly url: secretsmanager.Secret
  /** For the migration: the master of the database. */
  readonly migrationUrl: secretsmanager.Secret
  /** The certificates AWS publishes for databases of the region; the operator puts them in. */
  readonly authority: secretsmanager.Secret

  constructor(scope: Construct, id: string, vpc: ec2.Vpc, settings: Settings) {
    super(scope, id)

    const version = settings.databasePasswordVersion
    const newPassword = (name: string, username: string) =>
      new rds.DatabaseSecret(this, `${name}${version}`, {
        username,
        // letters and digits only: it becomes part of a URL
        excludeCharacters: ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
      })
    const master = 'tasktrail'
    const masterPassword = newPassword('Password', master)
    // Two in turn: running tasks keep theirs, which still opens connections, until they are replaced.
    const role = Number(version) % 2 === 1 ? 'tasktrail_app_a' : 'tasktrail_app_b'
    const rolePassword = newPassword('ServicePassword', role)

    // made here because RDS would make it without an end to its retention
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: '/aws/rds/instance/tasktrail/postgresql',
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })

    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 })
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      instanceIdentifier: 'tasktrail',
      engine,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        parameters: { 'rds.force_ssl': '1', max_connections: String(maxConnections(settings)) },
      }),
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.SMALL),
      multiAz: true,
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      credentials: rds.Credentials.fromSecret(masterPassword),
      databaseName: 'tasktrail',
      storageType: rds.StorageType.GP3,
      allocatedStorage: 20,
      maxAllocatedStorage: 200,
      storageEncrypted: true,
      backupRetention: Duration.days(14),
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      cloudwatchLogsExports: ['postgresql'],
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
    })
    this.instance.node.addDependency(logGroup)

    this.clients = new ec2.SecurityGroup(this, 'Clients', {
      vpc,
      description: 'May open connections to the Tasktrail database',
    })
    this.instance.connections.allowDefaultPortFrom(this.clients)

    this.authority = new secretsmanager.Secret(this, 'Authority', {
      description: 'Certificates of the authority that signed the certificate of the Tasktrail database',
      secretStringValue: SecretValue.unsafePlainText('not filled in yet: see deploy/aws/README.md'),
    })

    // CloudFormation fills the passwords in; neither the template nor a task definition holds them.
    const url = (name: string, variable: string, user: string, password: secretsmanager.ISecret) =>
      new secretsmanager.Secret(this, name, {
        description: `${variable} of Tasktrail`,
        secretStringValue: SecretValue.unsafePlainText(
          `postgresql://${user}:${password.secretValueFromJson('password').unsafeUnwrap()}` +
            `@${this.instance.dbInstanceEndpointAddress}:5432/tasktrail?sslmode=verify-full&sslrootcert=${CA_FILE}`,
        ),
      })
    this.url = url('Url', 'DATABASE_URL', role, rolePassword)
    this.migrationUrl = url('MigrationUrl', 'MIGRATION_DATABASE_URL', master, masterPassword)
  }
}
