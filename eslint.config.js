import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const fromPorts = (what) => `${what} in domain and application: time and ids come from the Clock and Ids ports.`;

export default tseslint.config(
  { ignores: ['dist/', 'data/', 'coverage/', 'test/fixtures/', 'src/core-globals.d.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './src/ui/tsconfig.json', './test/ui/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/require-await': 'off', // ports are async so that a throw becomes a rejection
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowNever: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/domain/**/*.ts', 'src/application/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: fromPorts('No new Date()') },
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: fromPorts('No Date.now()'),
        },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: fromPorts('No Math.random()'),
        },
      ],
      'no-restricted-globals': [
        'error',
        'process',
        'Buffer',
        'console',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'fetch',
      ],
    },
  },
  {
    files: ['src/adapters/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'No process.env in adapters: settings come from composition.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'fetch',
          'setTimeout',
          'clearTimeout',
          'setImmediate',
          'AbortController',
          'AbortSignal',
          'performance',
          'module',
          'require',
          'TextDecoder',
          '__dirname',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
