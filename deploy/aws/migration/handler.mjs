// Runs in AWS Lambda, for CloudFormation: starts the migration task and says when it has ended.
import { DescribeTasksCommand, ECSClient, RunTaskCommand } from '@aws-sdk/client-ecs'

/**
 * @typedef {{ cluster: string, taskDefinition: string, container: string, databasePasswordVersion: string, subnets: string[], securityGroups: string[] }} Run
 * @typedef {{ RequestType: 'Create' | 'Update' | 'Delete', RequestId: string, PhysicalResourceId?: string, ResourceProperties: Run }} Event
 */

const ecs = new ECSClient({})

/** @param {Event} event */
export async function start({ RequestType, RequestId, PhysicalResourceId, ResourceProperties: run }) {
  if (RequestType === 'Delete') return { PhysicalResourceId }
  const { tasks = [], failures = [] } = await ecs.send(
    new RunTaskCommand({
      cluster: run.cluster,
      taskDefinition: run.taskDefinition,
      launchType: 'FARGATE',
      // a repeated event finds the task it has already started
      clientToken: RequestId,
      startedBy: 'migration',
      networkConfiguration: {
        awsvpcConfiguration: { subnets: run.subnets, securityGroups: run.securityGroups },
      },
    }),
  )
  const task = tasks[0]
  if (!task?.taskArn) throw new Error(`the migration task did not start: ${JSON.stringify(failures)}`)
  return { PhysicalResourceId: task.taskArn }
}

/** @param {Event & { PhysicalResourceId: string }} event */
export async function finished({ RequestType, PhysicalResourceId, ResourceProperties: run }) {
  if (RequestType === 'Delete') return { IsComplete: true }
  const { tasks = [] } = await ecs.send(
    new DescribeTasksCommand({ cluster: run.cluster, tasks: [PhysicalResourceId] }),
  )
  const task = tasks[0]
  if (task?.lastStatus !== 'STOPPED') return { IsComplete: false }
  const exitCode = task.containers?.find((container) => container.name === run.container)?.exitCode
  if (exitCode === 0) return { IsComplete: true }
  throw new Error(
    `the migration failed: exit code ${exitCode ?? 'none'}, ${task.stoppedReason}, task ${PhysicalResourceId}`,
  )
}
