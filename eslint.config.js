// The rules of the house that a tool can hold. Import rules between packages and features: .dependency-cruiser.cjs
import { builtinModules } from 'node:module';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const bareBuiltins = builtinModules
  .filter((name) => !name.startsWith('_') && !name.startsWith('node:'))
  .map((name) => ({ name, message: `Write node:${name}.` }));

/** ESLint gives a rule one setting for a file: what applies to all files is repeated where a folder adds to it. */
const restrictedImports = (...patterns) => ['error', { paths: bareBuiltins, patterns }];
const framework = {
  group: ['@nestjs/*', 'typeorm', 'bullmq', 'fastify'],
  message: 'This library stays free of frameworks; logger and limits come in as parameters.',
};
const database = {
  group: ['typeorm', 'pg', '*.entity.js', '*.repository.js'],
  message: 'Controllers call services.',
};
const otherApps = {
  group: ['@synnefo/app-*'],
  message: 'Apps talk over HTTP; only apps/cli loads the command lists of the others.',
};
const testing = {
  group: ['@synnefo/testing', '**/testing/*'],
  message: 'Test code is imported by tests only.',
};

const restrictedSyntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'ExportAllDeclaration', message: 'List the names that are exported.' },
  { selector: 'TSEnumDeclaration', message: 'Use an `as const` object or a union.' },
];
/** A constructor lists what is injected: over seven means split. Everything else takes four parameters at most. */
const parameterCounts = [
  {
    selector: 'MethodDefinition[kind="constructor"] > FunctionExpression[params.length>7]',
    message: 'More than seven injected parts: split the class.',
  },
  {
    selector:
      ':matches(FunctionDeclaration, ArrowFunctionExpression, MethodDefinition[kind!="constructor"] > FunctionExpression)[params.length>4]',
    message: 'More than four parameters: group them in an object.',
  },
];
const noEnvironment = [
  'error',
  { object: 'process', property: 'env', message: "Only an app's config.ts and bin entries read it." },
];

const sizes = {
  'max-lines': ['error', 400],
  'max-lines-per-function': ['error', { max: 60 }],
  complexity: ['error', 12],
};
const typescriptRules = {
  ...sizes,
  'no-console': 'error',
  'no-restricted-syntax': ['error', ...restrictedSyntax, ...parameterCounts],
  'no-restricted-properties': noEnvironment,
  'no-control-regex': 'off',
  eqeqeq: 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  // An async method may be asynchronous for its interface's sake only; a wiring module is a class without members.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/no-extraneous-class': 'off',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/prefer-promise-reject-errors': 'error',
};
const testRules = {
  'max-lines': ['error', 600],
  'max-lines-per-function': 'off',
  'no-restricted-properties': 'off',
  'no-restricted-imports': restrictedImports(otherApps),
  '@typescript-eslint/unbound-method': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
  '@typescript-eslint/no-unsafe-argument': 'off',
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.synnefo/**', 'coverage/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: { ...typescriptRules, 'no-restricted-imports': restrictedImports(otherApps, testing) },
  },
  {
    files: ['libs/{archipelago,ganeti-rapi,astakos-client,units}/**/*.ts'],
    rules: { 'no-restricted-imports': restrictedImports(otherApps, testing, framework) },
  },
  {
    files: ['**/*.controller.ts'],
    rules: { 'no-restricted-imports': restrictedImports(otherApps, testing, database) },
  },
  {
    files: ['apps/cli/src/**/*.ts'],
    rules: { 'no-restricted-imports': restrictedImports(testing) },
  },
  {
    files: ['**/config.ts', '**/bin/*.ts', 'libs/runtime/src/main.ts', 'apps/*/src/{main,worker}.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // SQL by hand, statement after statement
    files: ['apps/*/migrations/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', '**/testing/**/*.ts', 'libs/testing/**/*.ts'],
    rules: testRules,
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        URLSearchParams: 'readonly',
        AbortSignal: 'readonly',
        AbortController: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setImmediate: 'readonly',
        performance: 'readonly',
      },
    },
    rules: {
      ...sizes,
      'no-console': 'error',
      'no-restricted-imports': restrictedImports(),
      eqeqeq: 'error',
      'max-params': ['error', 4],
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' },
    },
  },
);
