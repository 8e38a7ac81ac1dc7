/**
 * The task definitions: what runs, with which settings and rights. task-definition.json and
 * migration-task-definition.json are their twins by hand.
 */
import { Duration } from 'aws-cdk-lib'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { Base } from './base.ts'
import { CA_FILE } from './database.ts'
import type { Settings } from './settings.ts'
import { isSecretArn } from './variables.ts'

/** The container that serves; in the task of the migration, the one that migrates. */
export const CONTAINER = 'tasktrail'
export const portOf = ({ variables }: Settings) => Number(variables['PORT'] ?? '5000')

const LIVE = (port: number) =>
  `fetch('http://127.0.0.1:${port}/livez').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
const WRITE_CA = `require('node:fs').writeFileSync('${CA_FILE}', process.env.DATABASE_CA)`
/** The migration alone has it: with it anything can be done to the database. */
const MIGRATION_URL = 'MIGRATION_DATABASE_URL'

type Secrets = Record<string, secretsmanager.ISecret>

/** The two tasks of one release. */
export class Tasks extends Construct {
  readonly service: ecs.FargateTaskDefinition
  readonly migration: ecs.FargateTaskDefinition
  readonly #image: ecs.ContainerImage
  readonly #logGroup: logs.LogGroup
  readonly #base: Base
  readonly #architecture: ecs.CpuArchitecture

  constructor(scope: Construct, id: string, base: Base, settings: Settings) {
    super(scope, id)
    this.#base = base
    this.#image = ecs.ContainerImage.fromEcrRepository(base.repository, settings.imageTag)
    this.#logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.THREE_MONTHS })
    this.#architecture =
      settings.architecture === 'arm64' ? ecs.CpuArchitecture.ARM64 : ecs.CpuArchitecture.X86_64

    const { plain, secret } = split(this, settings)
    const { [MIGRATION_URL]: migrationUrl = base.database.migrationUrl, ...secrets } = secret
    const DATABASE_URL = secrets['DATABASE_URL'] ?? base.database.url
    const port = portOf(settings)
    this.service = this.#define('Service', 'tasktrail', {
      command: ['node', 'src/main.ts'],
      portMappings: [{ containerPort: port }],
      // the process drains for up to 20 s after SIGTERM
      stopTimeout: Duration.seconds(30),
      healthCheck: {
        command: ['CMD', 'node', '-e', LIVE(port)],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
      // tasks read the password when they start: another version replaces them
      dockerLabels: { databasePasswordVersion: settings.databasePasswordVersion },
      environment: {
        AUTO_MIGRATE: 'off',
        TRUST_PROXY: base.vpc.vpcCidrBlock,
        REGISTRATION: 'invite',
        ADMIN_EMAIL: settings.adminEmail,
        ...plain,
      },
      secrets: ecsSecrets({ ...base.secrets, ...secrets, DATABASE_URL }),
    })
    this.migration = this.#define('Migration', 'tasktrail-migration', {
      command: ['node', 'src/cli.ts', 'migrate'],
      secrets: ecsSecrets({ DATABASE_URL, [MIGRATION_URL]: migrationUrl }),
    })
  }

  #define(
    id: string,
    family: string,
    options: Partial<ecs.ContainerDefinitionOptions>,
  ): ecs.FargateTaskDefinition {
    const image = this.#image
    const logging = ecs.LogDrivers.awsLogs({
      streamPrefix: family,
      logGroup: this.#logGroup,
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
    })
    const unprivileged = (name: string) => {
      // an init process, because as process 1 Node.js would ignore a SIGTERM that comes during boot
      const linux = new ecs.LinuxParameters(this, `${id}${name}`, { initProcessEnabled: true })
      linux.dropCapabilities(ecs.Capability.ALL)
      return linux
    }
    const task = new ecs.FargateTaskDefinition(this, id, {
      family,
      cpu: 512,
      memoryLimitMiB: 1024,
      runtimePlatform: {
        cpuArchitecture: this.#architecture,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: 'tls' }],
    })

    // A fresh volume belongs to root, hence the user; the file is there before the other container starts.
    const databaseCa = task.addContainer('database-ca', {
      image,
      command: ['node', '-e', WRITE_CA],
      user: '0',
      essential: false,
      readonlyRootFilesystem: true,
      linuxParameters: unprivileged('DatabaseCaLinux'),
      secrets: ecsSecrets({ DATABASE_CA: this.#base.database.authority }),
      logging,
    })
    databaseCa.addMountPoints({ sourceVolume: 'tls', containerPath: '/tls', readOnly: false })

    const linuxParameters = unprivileged('Linux')
    linuxParameters.addTmpfs({
      containerPath: '/tmp',
      size: 64,
      mountOptions: [ecs.TmpfsMountOption.NOSUID, ecs.TmpfsMountOption.NODEV],
    })
    const container = task.addContainer(CONTAINER, {
      image,
      readonlyRootFilesystem: true,
      linuxParameters,
      logging,
      ...options,
    })
    container.addMountPoints({ sourceVolume: 'tls', containerPath: '/tls', readOnly: true })
    container.addContainerDependencies({
      container: databaseCa,
      condition: ecs.ContainerDependencyCondition.SUCCESS,
    })
    return task
  }
}

const ecsSecrets = (secrets: Secrets) =>
  Object.fromEntries(
    Object.entries(secrets).map(([name, held]) => [name, ecs.Secret.fromSecretsManager(held)]),
  )

/** The chosen variables: plain ones, and those whose value is in Secrets Manager. */
function split(
  scope: Construct,
  { variables }: Settings,
): { plain: Record<string, string>; secret: Secrets } {
  const held = (name: string, arn: string) =>
    secretsmanager.Secret.fromSecretCompleteArn(scope, `Secret-${name}`, arn)
  const entries = Object.entries(variables)
  return {
    plain: Object.fromEntries(entries.filter(([, value]) => !isSecretArn(value))),
    secret: Object.fromEntries(
      entries.filter(([, value]) => isSecretArn(value)).map(([name, arn]) => [name, held(name, arn)]),
    ),
  }
}
