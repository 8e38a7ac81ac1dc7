export default {
  tasktrail: {
    input: '../../../backend/openapi.json',
    output: {
      target: '../.cache/orval/api.ts',
      client: 'fetch',
      mode: 'single',
      override: { mutator: { path: 'orval-fetch.ts', name: 'send' } },
    },
  },
}
