import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'

type Call = { operation: string; input: Record<string, any> }
type Event = import('../migration/handler.mjs').Event & { PhysicalResourceId: string }

const taskArn = 'arn:aws:ecs:eu-central-1:123456789012:task/cluster/1'
const calls: Call[] = []
let answer: Record<string, unknown> = {}
let handler: typeof import('../migration/handler.mjs')

// Speaks the JSON protocol of the ECS API, so that the real client of the AWS SDK runs.
const ecs = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    calls.push({
      operation: String(request.headers['x-amz-target']).split('.')[1] ?? '',
      input: JSON.parse(body),
    })
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(answer))
  })
})

before(async () => {
  ecs.listen(0, '127.0.0.1')
  await once(ecs, 'listening')
  const address = ecs.address()
  assert.ok(address && typeof address === 'object')
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${address.port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  })
  handler = await import('../migration/handler.mjs')
})
after(() => {
  ecs.closeAllConnections()
  ecs.close()
})
beforeEach(() => {
  calls.length = 0
})

function event(RequestType: Event['RequestType']): Event {
  return {
    RequestType,
    RequestId: 'request-1',
    PhysicalResourceId: taskArn,
    ResourceProperties: {
      cluster: 'cluster',
      taskDefinition: 'tasktrail:7',
      container: 'tasktrail',
      databasePasswordVersion: '1',
      subnets: ['subnet-1', 'subnet-2'],
      securityGroups: ['sg-1'],
    },
  }
}

describe('starting the migration', () => {
  it('runs one task of the release, and a repeated event does not run another', async () => {
    answer = { tasks: [{ taskArn }] }
    assert.deepEqual(await handler.start(event('Create')), { PhysicalResourceId: taskArn })
    assert.deepEqual(calls, [
      {
        operation: 'RunTask',
        input: {
          cluster: 'cluster',
          taskDefinition: 'tasktrail:7',
          launchType: 'FARGATE',
          clientToken: 'request-1',
          startedBy: 'migration',
          networkConfiguration: {
            awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] },
          },
        },
      },
    ])
  })

  it('fails when no task starts, and says why', async () => {
    answer = { tasks: [], failures: [{ reason: 'Capacity is unavailable at this time' }] }
    await assert.rejects(handler.start(event('Update')), /did not start.*Capacity is unavailable/)
  })

  it('does nothing when the release goes away', async () => {
    assert.deepEqual(await handler.start(event('Delete')), { PhysicalResourceId: taskArn })
    assert.deepEqual(await handler.finished(event('Delete')), { IsComplete: true })
    assert.deepEqual(calls, [])
  })
})

describe('waiting for the migration', () => {
  const stopped = (exitCode?: number) => ({
    tasks: [
      {
        lastStatus: 'STOPPED',
        stoppedReason: 'Essential container in task exited',
        containers: [
          { name: 'database-ca', exitCode: 0 },
          { name: 'tasktrail', ...(exitCode === undefined ? {} : { exitCode }) },
        ],
      },
    ],
  })

  it('goes on while the task is not stopped', async () => {
    for (const lastStatus of ['PROVISIONING', 'PENDING', 'RUNNING', 'DEPROVISIONING']) {
      answer = { tasks: [{ lastStatus, containers: [{ name: 'tasktrail', exitCode: 0 }] }] }
      assert.deepEqual(await handler.finished(event('Create')), { IsComplete: false }, lastStatus)
    }
    assert.deepEqual(calls[0], {
      operation: 'DescribeTasks',
      input: { cluster: 'cluster', tasks: [taskArn] },
    })
  })

  it('goes on while the task is not visible yet', async () => {
    answer = { tasks: [], failures: [{ reason: 'MISSING' }] }
    assert.deepEqual(await handler.finished(event('Create')), { IsComplete: false })
  })

  it('ends with exit code 0 of the container that migrates', async () => {
    answer = stopped(0)
    assert.deepEqual(await handler.finished(event('Create')), { IsComplete: true })
  })

  it('fails with another exit code', async () => {
    answer = stopped(1)
    await assert.rejects(handler.finished(event('Create')), /failed: exit code 1, Essential container/)
  })

  it('fails when the container never ran', async () => {
    answer = stopped()
    await assert.rejects(handler.finished(event('Create')), /failed: exit code none/)
  })
})
