/** The task definition: what runs, with which settings and rights. task-definition.json is its twin by hand. */
import { Duration } from 'aws-cdk-lib'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as logs from 'aws-cdk-lib/aws-logs'
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { Base } from './base.ts'
import { CA_FILE } from './database.ts'
import type { Settings } from './settings.ts'

/** The container that serves; the migration runs in it with another command. */
export const CONTAINER = 'tasktrail'
export const PORT = 5000
export const MIN_TASKS = 2
export const MAX_TASKS = 8
/** Connections of one task; while a deployment runs there may be twice MAX_TASKS tasks. */
export const DB_POOL_SIZE = 10

const LIVE = `fetch('http://127.0.0.1:${PORT}/livez').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
const WRITE_CA = `require('node:fs').writeFileSync('${CA_FILE}', process.env.DATABASE_CA)`

/** Defines the task of one release. */
export function defineTask(scope: Construct, base: Base, settings: Settings): ecs.FargateTaskDefinition {
  const secret = (held: Secret) => ecs.Secret.fromSecretsManager(held)
  const image = ecs.ContainerImage.fromEcrRepository(base.repository, settings.imageTag)
  const logGroup = new logs.LogGroup(scope, 'Logs', { retention: logs.RetentionDays.THREE_MONTHS })
  const logging = ecs.LogDrivers.awsLogs({
    streamPrefix: 'tasktrail',
    logGroup,
    mode: ecs.AwsLogDriverMode.NON_BLOCKING,
  })
  const unprivileged = (id: string) => {
    // an init process, because as process 1 Node.js would ignore a SIGTERM that comes during boot
    const linux = new ecs.LinuxParameters(scope, id, { initProcessEnabled: true })
    linux.dropCapabilities(ecs.Capability.ALL)
    return linux
  }

  const task = new ecs.FargateTaskDefinition(scope, 'Task', {
    family: 'tasktrail',
    cpu: 512,
    memoryLimitMiB: 1024,
    runtimePlatform: {
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
    volumes: [{ name: 'tls' }],
  })

  // A fresh volume belongs to root, hence the user; the file is there before the service starts.
  const databaseCa = task.addContainer('database-ca', {
    image,
    command: ['node', '-e', WRITE_CA],
    user: '0',
    essential: false,
    readonlyRootFilesystem: true,
    linuxParameters: unprivileged('DatabaseCaLinux'),
    secrets: { DATABASE_CA: secret(base.database.authority) },
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
    command: ['node', 'src/main.ts'],
    portMappings: [{ containerPort: PORT }],
    readonlyRootFilesystem: true,
    linuxParameters,
    // the process drains for up to 20 s after SIGTERM
    stopTimeout: Duration.seconds(30),
    healthCheck: {
      command: ['CMD', 'node', '-e', LIVE],
      interval: Duration.seconds(15),
      timeout: Duration.seconds(5),
      retries: 3,
      startPeriod: Duration.seconds(60),
    },
    environment: {
      AUTO_MIGRATE: 'off',
      TRUST_PROXY: base.vpc.vpcCidrBlock,
      DB_POOL_SIZE: String(DB_POOL_SIZE),
      ADMIN_EMAIL: settings.adminEmail,
    },
    secrets: {
      DATABASE_URL: secret(base.database.url),
      JWT_SECRET_KEY: secret(base.secrets.JWT_SECRET_KEY),
      METRICS_TOKEN: secret(base.secrets.METRICS_TOKEN),
      ADMIN_PASSWORD: secret(base.secrets.ADMIN_PASSWORD),
    },
    logging,
  })
  container.addMountPoints({ sourceVolume: 'tls', containerPath: '/tls', readOnly: true })
  container.addContainerDependencies({
    container: databaseCa,
    condition: ecs.ContainerDependencyCondition.SUCCESS,
  })
  return task
}
