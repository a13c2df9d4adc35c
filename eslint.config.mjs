import tseslint from 'typescript-eslint';
import unicorn from 'eslint-plugin-unicorn';
import { readerConfig } from './tools/lint/names-its-reader.mjs';

export default tseslint.config(
  { ignores: ['dist/**', '**/generated/**', '*.cjs', '*.mjs', 'tools/**', 'test/*.mjs', 'docs/examples/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    plugins: { unicorn },
    rules: {
      // size: see docs/house-style.md
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': 'off',
      '@typescript-eslint/max-params': ['error', { max: 3 }],
      'max-depth': ['error', 3],
      complexity: ['error', 10],
      // names
      'unicorn/filename-case': ['error', { case: 'kebabCase' }],
      // doors
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['#*/*'], message: 'A library has one door: import #<lib>.' }] },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Read the environment in *.config.ts.',
        },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // Nest's option types are classes
    },
  },
  readerConfig,
  { files: ['**/*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.module.ts', '**/main.ts', '**/migrations/*.ts'],
    rules: { '@typescript-eslint/no-extraneous-class': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/max-params': 'off' },
  },
  {
    files: ['apps/*/src/**/*.ts'],
    ignores: ['**/*.module.ts'],
    rules: { '@typescript-eslint/max-params': ['error', { max: 5 }] },
  },
);
