const swc = (options = {}) => ({
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript', ...options.parser }, target: 'es2023', ...options.jsc } },
  ],
});

const common = {
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};

/** @type {import('jest').Config} */
export default {
  testTimeout: 30_000, // a busy machine is no failure
  maxWorkers: 3, // most suites wait half of their time; many browsers and servers at once would measure the machine
  projects: [
    {
      ...common,
      displayName: 'node',
      testEnvironment: 'node',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/ui/(?!.*\\.browser\\.test\\.ts$)'],
      transform: swc(),
    },
    {
      ...common,
      displayName: 'jsdom',
      testEnvironment: 'jsdom',
      testMatch: ['<rootDir>/test/ui/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.browser\\.test\\.ts$'],
      transform: swc({
        parser: { decorators: true },
        jsc: { transform: { legacyDecorator: true, useDefineForClassFields: false } },
      }),
    },
  ],
};
