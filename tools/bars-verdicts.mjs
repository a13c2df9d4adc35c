// Writes docs/bars-verdicts.md from conformance/bars/verdicts.json; with --check it only says whether the page is current.
import { readFileSync, writeFileSync } from 'node:fs';

const fixture = new URL('../conformance/bars/verdicts.json', import.meta.url);
const page = new URL('../docs/bars-verdicts.md', import.meta.url);

const { about, assumptions, order, decisions, files } = JSON.parse(readFileSync(fixture, 'utf8'));

const text = `<!-- Written by tools/bars-verdicts.mjs from conformance/bars/verdicts.json. -->

# Verdicts on the Booking and Referral Standard's examples

${about}

Assumed:

${assumptions.map((assumption) => `- ${assumption}`).join('\n')}

## What is judged first

${order}

## Decisions

${table(['case', 'verdict and reason'], decisions)}

## Messages

${table(
  ['file', 'verdict', 'element', 'reason'],
  files.filter(isMessage).flatMap((row) => [cells(row), ...(row.whenKnown ? [knownCells(row.whenKnown)] : [])]),
)}

## What is no message

${table(['file', 'verdict', 'element', 'reason'], files.filter((row) => !isMessage(row)).map(cells))}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (text !== readFileSync(page, 'utf8')) {
  console.error('docs/bars-verdicts.md is not current: node tools/bars-verdicts.mjs');
  process.exitCode = 1;
}

function isMessage(row) {
  return row.expression !== 'resourceType' && row.expression !== 'Bundle.type';
}

function cells(row) {
  return [code(row.file), verdict(row), element(row), row.reason];
}

function knownCells(row) {
  return ['the same, when known', verdict(row), element(row), row.reason];
}

function verdict(row) {
  return row.accepted ? `accepted: ${row.kind}` : `${row.status} ${row.code} ${row.issue}`;
}

function element(row) {
  const warnings = (row.warnings ?? []).map(({ issue, expression }) => `${code(expression)} (warning: ${issue})`);
  const broken = row.structure ? [`${code(row.structure.expression)} (structure)`] : [];
  return [...(row.expression ? [code(row.expression)] : []), ...broken, ...warnings].join('<br>');
}

function code(value) {
  return `\`${value}\``;
}

function table(head, rows) {
  const line = (columns) => `| ${columns.map((column) => column.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
