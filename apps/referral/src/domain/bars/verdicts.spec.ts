import type { Bundle, CodeableConcept, Coding, FhirResource } from 'fhir/r4';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type UseCase } from './codes.js';
import { context } from './example-messages.js';
import { judgeMessage, type Verdict } from './judge-message.js';
import { type MessageContext } from './message-context.js';

interface Expected {
  accepted: boolean;
  kind?: string;
  warnings?: { issue: string; expression: string }[];
  status?: number;
  code?: string;
  issue?: string;
  expression?: string;
  reason: string;
}

interface Row extends Expected {
  file: string;
  whenKnown?: Expected;
}

const examples = '../shared/data/bars';
const rows = (JSON.parse(readFileSync('conformance/bars/verdicts.json', 'utf8')) as { files: Row[] }).files;

/** What §1.10 of uk-standards allows a receiver to answer with. */
const allowedAnswers = [
  ...['invalid', 'required', 'value', 'invariant', 'not-supported'].map((issue) => `400 REC_BAD_REQUEST ${issue}`),
  '404 REC_NOT_FOUND not-found',
  '422 REC_UNPROCESSABLE_ENTITY not-supported',
  '501 REC_NOT_IMPLEMENTED not-supported',
];

describe("the verdicts on the standard's examples", () => {
  it('refuse with nothing that the standard does not have', () => {
    const answers = rows.filter(({ accepted }) => !accepted).map((row) => answerOf(row));
    expect(answers.filter((answer) => !allowedAnswers.includes(answer))).toEqual([]);
  });

  it('name the element and give a reason, each file once', () => {
    expect(rows.filter((row) => row.reason === '' || (!row.accepted && !row.expression))).toEqual([]);
    expect(new Set(rows.map(({ file }) => file)).size).toBe(rows.length);
  });

  it('stand in the docs as they are', () => {
    expect(() => execFileSync(process.execPath, ['tools/bars-verdicts.mjs', '--check'])).not.toThrow();
  });

  if (!existsSync(examples)) {
    it(`are not compared: there is no ${examples}`, () => {
      expect(existsSync(examples)).toBe(false);
    });
    return;
  }

  it('are there for every file of the folder', () => {
    const files = readdirSync(examples).filter((file) => file !== 'MANIFEST.json');
    expect(rows.map(({ file }) => file).sort()).toEqual(files.sort());
  });

  it.each(rows.map((row) => [row.file, row] as const))('hold for %s', (file, row) => {
    const received: unknown = JSON.parse(readFileSync(`${examples}/${file}`, 'utf8'));
    expect(summary(judgeMessage(received, fresh(received)))).toEqual(expected(row));
  });

  const known = rows.filter(({ whenKnown }) => whenKnown !== undefined);
  it.each(known.map(({ file, whenKnown }) => [file, whenKnown] as const))('hold for %s when known', (file, row) => {
    const received: unknown = JSON.parse(readFileSync(`${examples}/${file}`, 'utf8'));
    const stored: MessageContext['known'] = {
      messages: () => true,
      serviceRequest: () => ({ status: 'active' }),
      slot: () => 'free',
      appointment: () => ({ status: 'booked' }),
    };
    expect(summary(judgeMessage(received, { ...fresh(received), known: stored }))).toEqual(expected(row));
  });
});

/** A server without a past, whose services take whatever use case the message has, but not another. */
function fresh(received: unknown): MessageContext {
  const given = context({
    services: () => ({ acceptsUseCases: useCasesIn(received as Bundle) }),
    known: {
      messages: () => false,
      serviceRequest: () => undefined,
      slot: () => undefined,
      appointment: () => undefined,
    },
  });
  // The examples have various destinations; that of the header is left to them.
  return { ...given, headers: { ...given.headers, 'nhsd-target-identifier': targetOf(received as Bundle) } };
}

function useCasesIn(bundle: Bundle): UseCase[] {
  const resources = (bundle.entry ?? []).map(({ resource }) => resource as FhirResource | undefined);
  const codings = resources.flatMap((resource): Coding[] =>
    categoriesOf(resource).flatMap(({ coding = [] }) => coding),
  );
  return codings.map(({ system = '', code = '' }) => ({ system, code }));
}

function categoriesOf(resource: FhirResource | undefined): CodeableConcept[] {
  if (resource?.resourceType === 'Appointment') return resource.serviceCategory ?? [];
  return resource?.resourceType === 'ServiceRequest' ? (resource.category ?? []).slice(0, 1) : [];
}

function targetOf(bundle: Bundle): string {
  const header = bundle.entry?.[0]?.resource as FhirResource | undefined;
  const endpoint = header?.resourceType === 'MessageHeader' ? header.destination?.[0]?.endpoint : undefined;
  const [system = '', value = ''] = (endpoint ?? '').split('|');
  return Buffer.from(JSON.stringify({ system, value })).toString('base64');
}

function answerOf({ status, code, issue }: Expected): string {
  return `${String(status)} ${String(code)} ${String(issue)}`;
}

function expected(row: Expected | undefined): unknown {
  return row?.accepted === true
    ? { kind: row.kind, warnings: row.warnings }
    : { answer: row && answerOf(row), expression: row?.expression };
}

function summary(verdict: Verdict): unknown {
  if (verdict.accepted) {
    const warnings = verdict.warnings.map(({ code, expression }) => ({ issue: code, expression: expression?.[0] }));
    return { kind: verdict.kind, warnings };
  }
  const [first] = verdict.issues;
  const answer = `${String(verdict.status)} ${verdict.code} ${String(first?.code)}`;
  return { answer, expression: first?.expression?.[0] };
}
