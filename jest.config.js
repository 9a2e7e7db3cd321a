/** Tests run as ES modules on the deployed Node; swc only strips the types. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }] },
  testTimeout: 90_000,
  // Most of the time is waiting: for slow providers, and for what must not happen.
  maxWorkers: 2,
  // ES modules in contexts of their own are never freed: a worker that keeps those of all suites becomes five times as slow.
  workerIdleMemoryLimit: '300MB',
}
