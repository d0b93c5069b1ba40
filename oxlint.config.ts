import { defineConfig } from 'oxlint'
import { type Floor, floors } from './scripts/floors.ts'

/** Imports that the table of floors does not list for this one. */
function floorRule({ name, imports }: Floor) {
  const forbidden = floors.filter(floor => floor.name !== name && !imports.includes(floor.name))
  const paths = forbidden.map(floor =>
    floor.name.endsWith('.ts') ? `${floor.name.slice(0, -3)}\\.ts$` : `${floor.name}/`,
  )
  const isFile = name.endsWith('.ts')
  return {
    files: [isFile ? `src/${name}` : `src/${name}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^${isFile ? '\\./' : '(?:\\.\\./)+'}(?:${paths.join('|')})`,
              message: `Imports run downwards: scripts/floors.ts says what ${name} may import.`,
            },
          ],
        },
      ],
    },
  } as const
}

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'node', 'import'],
  categories: {
    correctness: 'error',
    suspicious: 'error',
    perf: 'error',
  },
  ignorePatterns: ['dist', 'node_modules'],
  rules: {
    'typescript/no-floating-promises': [
      'error',
      {
        allowForKnownSafeCalls: [
          {
            from: 'package',
            name: ['test', 'suite', 'describe', 'it'],
            package: 'node:test',
          },
        ],
      },
    ],
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'no-await-in-loop': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'import/no-named-as-default': 'off',
    'import/no-named-as-default-member': 'off',
    'import/no-unassigned-import': 'off',
    'no-shadow': 'off',
    'typescript/consistent-return': 'off',
    'no-console': 'error',
    'node/no-process-env': 'error',
    'no-restricted-globals': [
      'error',
      {
        name: 'setTimeout',
        message: 'Time belongs to platform/clock.ts.',
      },
      {
        name: 'setInterval',
        message: 'Time belongs to platform/clock.ts.',
      },
    ],
    'no-restricted-properties': [
      'error',
      {
        object: 'Date',
        property: 'now',
        message: 'Time belongs to platform/clock.ts.',
      },
      {
        object: 'Math',
        property: 'random',
        message: 'Chance belongs to platform/random.ts.',
      },
    ],
  },
  overrides: [
    {
      files: [
        'src/platform/**',
        'src/cli/**',
        'src/main.ts',
        'test/**',
        '**/*.test.ts',
        'bench/**',
        'scripts/**',
        'bin/**',
        'examples/**',
      ],
      rules: {
        'no-console': 'off',
        'node/no-process-env': 'off',
        'no-restricted-globals': 'off',
        'no-restricted-properties': 'off',
      },
    },
    {
      files: ['test/**', '**/*.test.ts'],
      rules: {
        'typescript/no-explicit-any': 'off',
        'typescript/no-misused-spread': 'off',
      },
    },
    {
      files: ['src/**/*.ts'],
      rules: {
        'import/no-cycle': ['error', { ignoreTypes: false }],
        'max-lines': ['error', { max: 400 }],
        'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      },
    },
    ...floors.map(floorRule),
    {
      files: ['**/*.test.ts'],
      rules: { 'no-restricted-imports': 'off', 'max-lines': 'off', 'max-lines-per-function': 'off' },
    },
    // A function that is nothing but a table of fields may be as long as the table.
    { files: ['src/operations/**/wire.ts'], rules: { 'max-lines-per-function': 'off' } },
  ],
})
