// Jest runs as CommonJS: swc compiles our sources, and the few packages that exist as ES modules only.
const options = (syntax) => ({
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2022',
    keepClassNames: true,
    parser: { syntax, decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
});
const esmOnly = [
  '@nestjs\\+',
  'cookie@',
  'file-type@',
  'strtok3@',
  'token-types@',
  'uint8array-extras@',
  '@tokenizer\\+',
  '@borewit\\+',
];

/** @type {import('jest').Config} */
const base = {
  rootDir: __dirname,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/(apps|libs)/[^/]+/dist/'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', options('typescript')],
    '^.+\\.m?js$': ['@swc/jest', options('ecmascript')],
  },
  transformIgnorePatterns: [`/node_modules/\\.pnpm/(?!(${esmOnly.join('|')}))`, '/infra/'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@synnefo/app-(astakos|cyclades|pithos)/cli$': '<rootDir>/apps/$1/src/cli.ts',
    '^@synnefo/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  setupFiles: ['reflect-metadata'],
};
const tier = (displayName, testMatch, extra = {}) => ({ ...base, displayName, testMatch, ...extra });

module.exports = {
  testTimeout: 120_000,
  projects: [
    tier('unit', ['<rootDir>/{apps,libs}/*/src/**/*.spec.ts'], {
      testPathIgnorePatterns: ['\\.db\\.spec\\.ts$'],
    }),
    tier('db', ['<rootDir>/{apps,libs}/*/src/**/*.db.spec.ts']),
    tier('e2e', ['<rootDir>/test/{e2e,contract}/**/*.spec.ts']),
    tier('scenario', ['<rootDir>/test/scenario/**/*.spec.ts']),
    tier('probe', ['<rootDir>/test/probe/**/*.spec.ts']),
    tier('ganeti', ['<rootDir>/test/ganeti/**/*.spec.ts']),
  ],
};
