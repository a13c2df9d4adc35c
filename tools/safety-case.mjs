// Writes docs/safety/clinical-safety-case.md and hazard-log.md from docs/safety/hazards.json; with --check it only says whether
// they are current. Every number in them is counted here.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const folder = new URL('../docs/safety/', import.meta.url);
const { hazards } = JSON.parse(readFileSync(new URL('hazards.json', folder), 'utf8'));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const severities = ['minor', 'significant', 'considerable', 'major', 'catastrophic'];
const likelihoods = ['very high', 'high', 'medium', 'low', 'very low'];
/** The risk matrix of DCB0129: by likelihood, then by severity. */
const matrix = {
  'very high': [3, 4, 4, 5, 5],
  high: [2, 3, 3, 4, 5],
  medium: [2, 2, 3, 3, 4],
  low: [1, 2, 2, 3, 4],
  'very low': [1, 1, 2, 2, 3],
};
const meaning = {
  5: 'unacceptable',
  4: 'unacceptable: must be brought down',
  3: 'undesirable: acceptable only where bringing it down further is not practicable',
  2: 'tolerable where bringing it down further costs more than it gives',
  1: 'acceptable',
};

const riskOf = ({ severity, likelihood }) => {
  const risk = matrix[likelihood]?.[severities.indexOf(severity)];
  if (risk === undefined) throw new Error(`No such severity or likelihood: ${severity}, ${likelihood}.`);
  return risk;
};
const tests = hazards.flatMap(({ controls }) => controls.flatMap((control) => control.tests));
const distinct = new Set(tests.map(({ file, title }) => `${file} ${title}`));
const worst = Math.max(...hazards.map(({ residual }) => riskOf(residual)));
const atRisk = (which, risk) => hazards.filter((hazard) => riskOf(hazard[which]) === risk).length;

const pages = { 'clinical-safety-case.md': safetyCase(), 'hazard-log.md': hazardLog() };

let stale = false;
for (const [name, text] of Object.entries(pages)) {
  const target = new URL(name, folder);
  const written = await format(text, { ...(await resolveConfig(target)), parser: 'markdown' });
  if (!process.argv.includes('--check')) writeFileSync(target, written);
  else if (read(target) !== written) {
    console.error(`docs/safety/${name} is not current: node tools/safety-case.mjs`);
    stale = true;
  }
}
if (stale) process.exitCode = 1;

function safetyCase() {
  const needing = hazards.filter(({ deployer }) => deployer.length > 0);
  return `<!-- Written by tools/safety-case.mjs from docs/safety/hazards.json. Do not edit. -->

# Clinical safety case report

In the order of DCB0129. It is a draft for the organisation that puts Ginnel into use: **no clinical safety officer has reviewed or signed it**, and no hazard workshop with clinicians has been held. Without both it is no safety case.

## 1. Summary

Ginnel ${version} carries a referral from a GP system to a voluntary, community or social-enterprise provider, follows what happens there and carries the outcome back. ${hazards.length} hazards are in the [log](hazard-log.md), with ${hazards.flatMap(({ controls }) => controls).length} controls, which ${distinct.size} named tests show. The highest risk that is left is ${worst} (${meaning[worst]}); ${needing.length} hazards need something of the deployer too.

## 2. System

Five services behind one FHIR R4 face, PostgreSQL and NATS JetStream: [architecture](../architecture.md), [flows](../security/data-flows.md).

**Intended use.** Non-urgent referrals of adults in social prescribing and community programmes: find an activity, refer, accept or decline, sessions, questionnaires, outcome. **Not for** emergencies, urgent or two-week-wait referrals, prescribing, diagnosis, or automatic decisions about care. Scores are computed for people to read.

**Users.** Practices, link workers, providers from a charity with a spreadsheet on, analysts, integrators, operators; the people referred by questionnaire.

**What it stands on, and does not check.** NHS numbers traced by the sender; a directory kept by people; systems that show what Ginnel answers in full.

## 3. Clinical risk management system

To be named by the deployer: the clinical safety officer (a registered clinician with training), top management's responsibility, where the file is kept, and how a change is assessed. What the project brings: this log as data, beside the code; a change to a control changes a test that the log names, and the build fails where a named test is gone; decisions are recorded; each commit has a reason.

## 4. Clinical risk analysis

Hazards were taken from what goes wrong with referral and questionnaire systems (lost, doubled, wrong person, wrong place, late, out of order, unseen, disclosed, untraceable, miscounted) for each flow of data and each state of a referral, and from the project's own faults under test. Risk is severity by likelihood:

${matrixTable()}

| risk | means |
| --- | --- |
${Object.entries(meaning)
  .reverse()
  .map(([risk, means]) => `| ${risk} | ${means} |`)
  .join('\n')}

Before controls:

${countTable('initial')}

## 5. Clinical risk control

Controls are in the design (what is wrong cannot be said or stored), then in checks that refuse, then in warnings and instructions. Each is shown by tests that run on every change, against real PostgreSQL and NATS. What the deployer must do stands with each hazard in the log.

## 6. Clinical risk evaluation

After controls:

${countTable('residual')}

| risk | hazards before | hazards after |
| --- | --- | --- |
${[5, 4, 3, 2, 1].map((risk) => `| ${risk} | ${atRisk('initial', risk)} | ${atRisk('residual', risk)} |`).join('\n')}

${
  worst >= 3
    ? `Of risk 3 or more after controls: ${hazards
        .filter(({ residual }) => riskOf(residual) >= 3)
        .map(({ id, hazard }) => `${id} (${hazard.charAt(0).toLowerCase()}${hazard.slice(1)})`)
        .join('; ')}.`
    : 'None is of risk 3 or more after controls.'
} Likelihoods are the project's estimate from tests with invented people; nothing was observed in use. The deployer's clinical safety officer estimates them anew.

## 7. Hazard log

[hazard-log.md](hazard-log.md), made from \`hazards.json\`.

## 8. Test results

\`.ci/run\` runs every named test and fails where one fails, or is not there by its name. Load, kill and leak tests of greater length are \`npm run test:faults\` and \`npm run bench\`. Not tested: use by clinical and charity staff, accessibility with users, a real GP system, a restore of a real backup.

## 9. Release, issues and incidents

Known limits stand in the docs of each operation and in [security](../security.md). Safety incidents go to the deployer's clinical safety officer first, and by Learn from Patient Safety Events; then to the project ([SECURITY.md](../../SECURITY.md)) without personal data.

## 10. What the deployer must do

Before live use, whoever runs Ginnel completes DCB0160 for its own setting, reviews every hazard with those who will use it, accepts what is left, and names who watches. By hazard:

${needing.map(({ id, deployer }) => `- **${id}**: ${deployer.join(' ')}`).join('\n')}
`;
}

function matrixTable() {
  const rows = likelihoods.map((likelihood) => `| ${likelihood} | ${matrix[likelihood].join(' | ')} |`);
  return [`| | ${severities.join(' | ')} |`, `| --- |${' --- |'.repeat(severities.length)}`, ...rows].join('\n');
}

function countTable(which) {
  const count = (severity, likelihood) =>
    hazards.filter((hazard) => hazard[which].severity === severity && hazard[which].likelihood === likelihood).length;
  const rows = likelihoods.map(
    (likelihood) =>
      `| ${likelihood} | ${severities.map((severity) => count(severity, likelihood) || '').join(' | ')} |`,
  );
  return [`| hazards | ${severities.join(' | ')} |`, `| --- |${' --- |'.repeat(severities.length)}`, ...rows].join(
    '\n',
  );
}

function hazardLog() {
  return `<!-- Written by tools/safety-case.mjs from docs/safety/hazards.json. Do not edit. -->

# Hazard log

${hazards.map(hazardText).join('\n')}`;
}

function hazardText({ id, hazard, causes, effect, initial, controls, residual, deployer }) {
  return `## ${id} ${hazard}

${causes.map((cause) => cause.charAt(0).toUpperCase() + cause.slice(1)).join('; ')}. **${effect}**

Before: ${risk(initial)}. After: ${risk(residual)}.

${controls.map(controlText).join('\n')}
${deployer.length > 0 ? `\nDeployer: ${deployer.join(' ')}\n` : ''}`;
}

function controlText({ control, tests: shown }) {
  const each = shown.map(({ file, title }) => `  - \`${file}\`: ${title.replaceAll(/([<>*_$|[\]])/g, '\\$1')}`);
  return [`- ${control}`, ...each].join('\n');
}

function risk(rated) {
  return `${rated.severity}, ${rated.likelihood}: **${riskOf(rated)}**`;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
