import { publishedFolders, type Verdict } from './verdicts.js';

/** docs/verdicts.md: how many of each folder, then each refusal with its rule, then all files. */
export function pageOf(verdicts: readonly Verdict[]): string {
  const refused = verdicts.filter(({ verdict }) => verdict === 'refused');
  return `<!-- Written by tools/verdicts.mjs from conformance/verdicts.json. -->

# Verdicts on published resources

What the validator says of every JSON file that others published and that lies in \`../shared/data\`: UK Core's examples,
HealthcareService examples of seven guides, NHS referral Tasks and Questionnaires, the Booking and Referral Standard's messages,
Gravity's. They are judged by R4 and by the definitions that the Booking and Referral Standard publishes beside its examples; of
profiles that are not there (UK Core's, Plan-Net's) nothing is said. What the files hold is not repeated here.

A resource is refused for its faults; warnings do not refuse it. Each refusal below was looked at, and is right by the rule that
is named.

${table(
  ['folder', 'files', 'accepted', 'refused', 'no resource'],
  publishedFolders.map((folder) => countsOf(folder, verdicts)),
)}

## Refused

${table(
  ['file', 'type', 'faults', 'first at', 'why this is right'],
  refused.map(({ file, type, faults, element = '', rule = '' }) => [
    code(file),
    type,
    String(faults),
    code(element),
    rule,
  ]),
)}

## All files

${table(['file', 'type', 'verdict', 'first reason'], verdicts.map(rowOf))}
`;
}

function countsOf(folder: string, verdicts: readonly Verdict[]): string[] {
  const own = verdicts.filter(({ file }) => file.startsWith(`${folder}/`));
  const count = (wanted: Verdict['verdict']): string => String(own.filter(({ verdict }) => verdict === wanted).length);
  return [folder, String(own.length), count('accepted'), count('refused'), count('no resource')];
}

function rowOf({ file, type, verdict, warnings, element, code: issue = '' }: Verdict): string[] {
  const kind = verdict === 'refused' ? issue : `warning: ${issue}`;
  const more = verdict === 'accepted' && warnings > 1 ? ` and ${String(warnings - 1)} more` : '';
  return [code(file), type, verdict, element === undefined ? '' : `${kind} at ${code(element)}${more}`];
}

function code(value: string): string {
  return value === '' ? '' : `\`${value}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
