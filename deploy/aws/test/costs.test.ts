import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { MIN_TASKS } from '../settings.ts'
import { only, resources, synthesize } from './synthesize.ts'

const page = readFileSync(new URL('../../../docs/aws-costs.md', import.meta.url), 'utf8')
const cells = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
const HOURS = 730

/** What the row that begins with `title` says. */
function row(title: string): { amount: number; price: number; cost: number } {
  const found = cells.find(([, first]) => first?.startsWith(title))
  assert.ok(found, `no row ${title}`)
  return { amount: Number(found[2]), price: Number(found[4]), cost: Number(found[6]) }
}

describe('docs/aws-costs.md', () => {
  it('multiplies and adds correctly', () => {
    const rows = cells.filter((line) => line.length === 8 && /^[\d.]+$/.test(line[2] ?? ''))
    assert.equal(rows.length, 10)
    for (const [, title, amount, , price, , cost] of rows)
      assert.equal(cost, (Math.round(Number(amount) * Number(price) * 100) / 100).toFixed(2), title)
    const sum = rows.reduce((total, line) => total + Number(line[6]), 0)
    assert.match(page, new RegExp(`\\*\\*${sum.toFixed(2)}\\*\\*`))
    const task = (0.5 * 0.04048 + 0.004445) * HOURS
    assert.match(page, new RegExp(`each further task ${task.toFixed(2)}\\.`))
    const arm = (0.5 * 0.03238 + 0.00356) * HOURS
    assert.match(page, new RegExp(`source c\\) \\| ${(2 * (task - arm)).toFixed(2)} `))
    const address = 0.005 * HOURS
    assert.match(page, new RegExp(`natGateways.*\\| ${(row('NAT').cost / 2 + address).toFixed(2)} `))
    assert.match(
      page,
      new RegExp(`multiAz.*\\| ${((row('PostgreSQL').cost + row('its').cost) / 2).toFixed(2)} `),
    )
  })

  it('counts what the templates make', () => {
    const { base, service } = synthesize()
    const [, instance] = only(base, 'AWS::RDS::DBInstance')
    assert.equal(instance.Properties.DBInstanceClass, 'db.t4g.small')
    assert.equal(instance.Properties.MultiAZ, true)
    assert.equal(row('its storage').amount, 2 * Number(instance.Properties.AllocatedStorage))
    assert.equal(row('NAT').amount, HOURS * resources(base, 'AWS::EC2::NatGateway').length)
    assert.equal(row('secrets').amount, resources(base, 'AWS::SecretsManager::Secret').length)
    assert.equal(row('alarms').amount, resources(service, 'AWS::CloudWatch::Alarm').length)
    for (const [, { Properties }] of resources(service, 'AWS::ECS::TaskDefinition'))
      assert.deepEqual([Properties.Cpu, Properties.Memory], ['512', '1024'])
    assert.equal(row('tasks: vCPU').amount, MIN_TASKS * 0.5 * HOURS)
    assert.equal(row('tasks: memory').amount, MIN_TASKS * HOURS)
  })
})
