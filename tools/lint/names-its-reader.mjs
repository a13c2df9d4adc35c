// A lint rule: outside the store nobody reads for everyone, writes SQL, or speaks of the store's tables, but for the doors
// that are named, each with its reason, in doors.mjs.
import { relative } from 'node:path';
import { doors, tableRooms } from './doors.mjs';

const stored = [
  'resource|history|past_audience|every_version|value|audience|date_value|number_value|position_value',
  '\\w+_(?:history|search|value|audience)',
].join('|');
const ofStore = new RegExp(
  `\\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\\s+(?:ONLY\\s+)?(?:"?\\w+"?\\.)?"?(?:${stored})"?(?![\\w(])`,
);

/** @type {import('eslint').Rule.RuleModule} */
export const namesItsReader = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      everyone:
        'Read as somebody: caller.audience. A service that must read for everyone by a rule of its own is a door; name it in tools/lint/doors.mjs with the reason.',
      sql: "Content is read through FhirStore, which holds the reader's audience. A service's own table is a room in tools/lint/doors.mjs.",
      store: "The store's tables are libs/fhir-store's: ask FhirStore, which holds the reader's audience.",
    },
  },
  create(context) {
    const file = relative(context.cwd, context.filename).replaceAll('\\', '/');
    const door = doors.find((one) => one.file === file);
    const isDoor = door !== undefined;
    const hasTables = tableRooms.some((room) => file.startsWith(room.folder));
    const reportEveryone = (node) => {
      if (!isDoor) context.report({ node, messageId: 'everyone' });
    };
    const reportTables = (node, text) => {
      if (door?.store !== true && ofStore.test(text)) context.report({ node, messageId: 'store' });
    };
    return {
      ImportSpecifier(node) {
        if (node.imported.name === 'everyone' && !hasTables) reportEveryone(node);
      },
      "MemberExpression[property.name='everyone']": reportEveryone,
      "ArrayExpression[elements.length=1] > Literal[value='*']": (node) => {
        if (!hasTables) reportEveryone(node);
      },
      "ImportDeclaration[source.value='pg'][importKind='value']": (node) => {
        if (!isDoor && !hasTables) context.report({ node, messageId: 'sql' });
      },
      "CallExpression[callee.property.name='query'] > ObjectExpression > Property[key.name='text']": (node) => {
        if (!isDoor && !hasTables) context.report({ node, messageId: 'sql' });
      },
      Literal(node) {
        if (typeof node.value === 'string') reportTables(node, node.value);
      },
      TemplateLiteral(node) {
        reportTables(node, node.quasis.map(({ value }) => value.cooked).join(' '));
      },
    };
  },
};

/** Where the rule holds: everywhere but in the store, in what lies below it, and in tests. */
export const readerConfig = {
  files: ['apps/**/*.ts', 'libs/**/*.ts'],
  ignores: [
    'libs/fhir-store/**',
    'libs/postgres/**',
    'libs/launchers/**',
    'libs/testing/**',
    '**/*.spec.ts',
    '**/test/**',
  ],
  plugins: { ginnel: { rules: { 'names-its-reader': namesItsReader } } },
  rules: { 'ginnel/names-its-reader': 'error' },
};
