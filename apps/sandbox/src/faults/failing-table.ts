import { type ErrorRow, errorNamed, errorRows, failingTarget, nameOf } from './error-rows.js';
import { failingProviders } from './failing-providers.js';

const begin = '<!-- errors: written by node tools/failing-table.mjs -->';
const end = '<!-- /errors -->';

/** The page of failing on purpose with its tables as the code has them. */
export function withTables(page: string): string {
  const [before = '', rest = ''] = page.split(begin);
  const [, after = ''] = rest.split(end);
  return [before, begin, '\n\n', errors(), '\n', providers(), '\n', end, after].join('');
}

function errors(): string {
  const rows = errorRows.map((row) => `| ${String(row.status)} | ${row.code} | ${row.issue} | \`${shortest(row)}\` |`);
  return [
    `| status | code | issue | \`X-Ginnel-Fail\`, or target \`${failingTarget}…\` |`,
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function providers(): string {
  const rows = failingProviders.map(({ id, name, does }) => `| \`${id}\` | ${name} | ${does} |`);
  return ['| id | name | a referral to it |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** The shortest of its names that means this row. */
function shortest(row: ErrorRow): string {
  const names = [String(row.status), row.code, nameOf(row)];
  return names.find((name) => errorNamed(name) === row) ?? nameOf(row);
}
