import { Type } from 'typebox'
import type { App } from '../../http/server.ts'
import { OneOf } from '../../http/schemas.ts'
import type { Services } from '../../services.ts'
import { version } from '../../version.ts'

const Capabilities = Type.Object(
  {
    version: Type.String({ maxLength: 50, examples: ['0.1.0'] }),
    registration: OneOf(['open', 'invite', 'closed'], {
      title: 'RegistrationMode',
      description: 'Who can make an account: anybody, whoever was invited, or nobody.',
    }),
    mail: Type.Boolean({
      description: 'Whether mail is sent. Without it nobody can have a new password sent to them.',
      examples: [true],
    }),
    files: Type.Boolean({ description: 'Whether files can be put on tasks.', examples: [true] }),
    file_max_size: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Bytes that one file can have.',
      examples: [104_857_600],
    }),
    password_min_length: Type.Integer({ minimum: 8, maximum: 64, examples: [8] }),
  },
  { $id: 'Capabilities' },
)

/** What is switched on here, for a client that shows only what works. */
export const capabilitiesRoute =
  ({ config, store }: Services) =>
  async (app: App) => {
    app.get(
      '/capabilities',
      {
        config: { access: 'public' },
        schema: {
          tags: ['status'],
          operationId: 'findCapabilities',
          summary: 'What is switched on here',
          response: { 200: Capabilities },
        },
      },
      () => ({
        version,
        registration: config.registration,
        mail: config.mail !== 'off',
        files: !('missing' in store),
        file_max_size: config.filesMaxSize,
        password_min_length: config.passwordMinLength,
      }),
    )
  }
