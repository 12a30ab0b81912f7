// Who may import whom: between packages, and between the features of an app.
const PURE = '^libs/(units|archipelago|ganeti-rapi|astakos-client)/';
const FRAMEWORK = 'node_modules/(@nestjs|typeorm|bullmq|fastify|ioredis)/';
const TEST_CODE = '\\.spec\\.ts$|/testing/|^libs/testing/|^test/';
const PUBLIC_FACE = '\\.(module|service|entity|queue)\\.ts$';
const ROLE_FILE = '\\.(controller|schema|view|repository|processor|policy|command)\\.ts$';

/** What a library may use of the other libraries; `only` names them. */
const libUses = (libs, only) => ({
  name: `imports-of-${libs.join('-')}`,
  comment: `${libs.join(', ')}: may use ${only.length === 0 ? 'no other library' : only.join(', ')}`,
  severity: 'error',
  from: { path: `^libs/(${libs.join('|')})/`, pathNot: TEST_CODE },
  to: { path: '^libs/', pathNot: `^libs/(${['$1', ...only].join('|')})/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'modules that need each other are one module, or lack a third',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-apart',
      comment: 'apps talk over HTTP',
      severity: 'error',
      from: { path: '^apps/(astakos|cyclades|pithos|console)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'cli-through-the-door',
      comment: "apps/cli loads an app's src/cli.ts, nothing else of it",
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: { path: '^apps/(astakos|cyclades|pithos)/', pathNot: '^apps/[^/]+/(dist/)?src/cli\\.(ts|js)$' },
    },
    {
      name: 'cli-loads-late',
      comment: 'a command loads only the app that has it',
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: { path: '^apps/(astakos|cyclades|pithos)/', dependencyTypesNot: ['dynamic-import'] },
    },
    libUses(['units'], []),
    libUses(['archipelago', 'ganeti-rapi', 'astakos-client'], ['units']),
    libUses(['runtime'], ['units']),
    libUses(['api', 'database', 'queue'], ['runtime', 'units']),
    libUses(['auth'], ['api', 'runtime', 'astakos-client', 'units']),
    libUses(['commission'], ['api', 'runtime', 'astakos-client', 'database', 'queue', 'units']),
    libUses(['ganeti-sim'], ['ganeti-rapi', 'runtime', 'units']),
    libUses(['admin'], ['runtime', 'database', 'units']),
    {
      name: 'pure-libs-stay-pure',
      severity: 'error',
      from: { path: PURE },
      to: { path: FRAMEWORK },
    },
    {
      name: 'controllers-no-rows',
      comment: 'controllers call services',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: {
        path: '\\.(entity|repository)\\.ts$|node_modules/(typeorm|pg)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'features-through-their-face',
      comment: `another feature's ${ROLE_FILE} is private; its face is ${PUBLIC_FACE} and its files without a role`,
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/([^/]+)/', pathNot: TEST_CODE },
      to: { path: `^apps/$1/src/[^/]+/.*${ROLE_FILE}`, pathNot: '^apps/$1/src/$2/' },
    },
    {
      name: 'test-code-in-tests-only',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TEST_CODE },
      to: { path: '^libs/testing/|/src/.*testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: false,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
