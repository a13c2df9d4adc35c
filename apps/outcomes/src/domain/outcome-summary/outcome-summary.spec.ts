import type { Bundle, Composition, CompositionSection } from 'fhir/r4';
import { FhirError } from '#fhir';
import { appointment, encounter, measure, organization, summaryInput, task } from '../../../test/summary-builders.js';
import { outcomeSummary } from './outcome-summary.js';
import type { OutcomeSummaryInput } from './summary-input.js';

function compositionOf(bundle: Bundle): Composition {
  const first = bundle.entry?.[0]?.resource;
  if (first?.resourceType !== 'Composition') throw new Error('A document begins with its Composition.');
  return first as Composition;
}

function section(input: OutcomeSummaryInput, title: string): CompositionSection | undefined {
  return compositionOf(outcomeSummary(input)).section?.find((one) => one.title === title);
}

/** The words of a section, cell by cell. */
function words(input: OutcomeSummaryInput, title: string): string[] {
  const div = section(input, title)?.text?.div ?? '';
  return div.split(/<[^>]+>/).filter((text) => text !== '');
}

describe('an outcome summary', () => {
  const bundle = outcomeSummary(summaryInput());
  const composition = compositionOf(bundle);

  it('is a document of patient, organisations, referral and scores, headed by its Composition', () => {
    expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'document', timestamp: '2021-08-02T10:00:00Z' });
    expect(bundle.identifier).toEqual({ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${String(bundle.id)}` });
    expect(bundle.entry?.map(({ fullUrl }) => fullUrl)).toEqual(
      [
        `Composition/${String(bundle.id)}`,
        'Patient/p1',
        'Organization/provider',
        'Organization/practice',
        'ServiceRequest/s1',
        'Observation/before',
        'Observation/after',
      ].map((path) => `https://ginnel.example/fhir/${path}`),
    );
  });

  it('says whose it is, who wrote and keeps it, and which referral it answers', () => {
    expect(composition).toEqual({
      resourceType: 'Composition',
      id: bundle.id,
      meta: { profile: ['https://ginnel.org.uk/fhir/StructureDefinition/outcome-summary-composition'] },
      identifier: { system: 'https://ginnel.org.uk/fhir/Id/outcome-summary', value: 's1' },
      status: 'final',
      type: {
        coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/document-type', code: 'outcome-summary' }],
        text: 'Outcome of a social prescribing referral',
      },
      category: [
        {
          coding: [{ system: 'https://fhir.nhs.uk/STU3/CodeSystem/ITK-RecipientType-1', code: 'FI' }],
          text: 'For information',
        },
      ],
      subject: { reference: 'Patient/p1' },
      date: '2021-08-02T10:00:00Z',
      author: [{ reference: 'Organization/provider' }],
      title: 'Outcome of a social prescribing referral',
      custodian: { reference: 'Organization/provider' },
      event: [{ code: composition.event?.[0]?.code, detail: [{ reference: 'ServiceRequest/s1' }] }],
      text: composition.text,
      section: composition.section,
    });
  });

  it('begins with what matters to the person', () => {
    expect(composition.section?.map(({ title, code }) => [title, code?.coding?.[0]?.code])).toEqual([
      ['What matters to the person', 'what-matters'],
      ['Outcome', 'outcome'],
      ['Measures before and after', 'assessment-scales'],
      ['Still open', 'outstanding-issues'],
      ['Referral and reason', 'referral-details'],
      ['What was offered and attended', 'attendance-details'],
      ['Contacts', 'professional-contacts'],
      ['Suggested codes', 'suggested-codes'],
    ]);
    expect(words(summaryInput(), 'What matters to the person')).toEqual(['Walking to the shop again']);
  });

  it('tells the referral, the sessions and the contacts in a few lines', () => {
    expect(words(summaryInput(), 'Referral and reason')).toEqual([
      'Referral',
      'Referred on',
      '01-Mar-2021',
      'Referred by',
      'Example Practice',
      'Referred for',
      'Social prescribing',
      'Reason',
      'Chronic pain',
    ]);
    const { authoredOn, ...undated } = summaryInput().serviceRequest;
    const received = { ...summaryInput().referral, authoredOn: '2021-03-02T09:00:00Z' };
    expect(authoredOn).toBeDefined();
    expect(words(summaryInput({ serviceRequest: undated, referral: received }), 'Referral and reason')[2]).toBe(
      '02-Mar-2021',
    );
    expect(words(summaryInput(), 'Outcome').slice(1)).toEqual([
      'Where the referral stands',
      'Completed',
      'Need met',
      'partly',
      'Asked of the practice',
      'Nothing: for information',
    ]);
    expect(words(summaryInput(), 'What was offered and attended').slice(8)).toEqual([
      'Staying Steady',
      'Example Living',
      'completed',
      '2; 1 not recorded',
      '1; 1 not recorded',
      '1',
      '0',
      '02-Apr-2021 to 10-Apr-2021',
    ]);
    expect(words(summaryInput(), 'Contacts').slice(5)).toEqual([
      'Example Living',
      'telephone',
      '2',
      '10-Mar-2021',
      '17-Mar-2021',
    ]);
  });

  it('shows a score before and after, its change, whom which change mattered to, and the caution', () => {
    expect(words(summaryInput(), 'Measures before and after').slice(6)).toEqual([
      'MSK-HQ total (0 to 56, higher is better)',
      '22 (12-Mar-2021)',
      '28 (20-Jul-2021)',
      '+6 (better)',
      '6 to 8 points: Physiotherapy, United Kingdom (a named study, as quoted by others)',
      'One person errs by more than that.',
    ]);
    const decimals = words(summaryInput({ measures: [measure(17.43, 19.98)] }), 'Measures before and after');
    expect(decimals).toContain('+2.55 (better)');
  });

  it('says that a score is missing, and does not refer to one that was withdrawn', () => {
    const missing = summaryInput({ measures: [measure(22, undefined)] });
    expect(words(missing, 'Measures before and after').slice(7, 10)).toEqual([
      '22 (12-Mar-2021)',
      'missing',
      'not known: a score is missing',
    ]);
    const { before, ...rest } = measure(22, 20);
    const withdrawn = summaryInput({
      measures: [{ ...rest, ...(before && { before: { ...before, status: 'entered-in-error' } }) }],
    });
    expect(section(withdrawn, 'Measures before and after')?.entry).toEqual([{ reference: 'Observation/after' }]);
    expect(words(withdrawn, 'Measures before and after')).toContain('missing');
  });

  it('calls a change worse by the direction of the measure', () => {
    const downwards = { ...measure(2, 4), item: { ...measure(2, 4).item, direction: 'lower-is-better' as const } };
    expect(words(summaryInput({ measures: [downwards] }), 'Measures before and after')).toContain('+2 (worse)');
  });

  it('says of each empty section that there is nothing', () => {
    const empty = summaryInput({ offers: [], contacts: [], measures: [], notes: { whatMatters: ' ', stillOpen: [] } });
    const sections = compositionOf(outcomeSummary(empty)).section ?? [];
    expect(
      sections
        .filter(({ emptyReason }) => emptyReason !== undefined)
        .map(({ text }) => text?.div.replace(/<[^>]+>/g, '')),
    ).toEqual([
      'Not recorded.',
      'No measure was asked for.',
      'Nothing was recorded as still open.',
      'No activity was offered.',
      'No contact was recorded.',
    ]);
  });

  it('asks for action or gives for information only what a named person marked', () => {
    const marked = summaryInput({
      requests: [{ kind: 'action', text: 'Please review pain relief', markedBy: 'Jo Example', markedOn: '2021-08-01' }],
    });
    expect(section(summaryInput(), 'For action or information')).toBeUndefined();
    expect(words(marked, 'For action or information')).toEqual([
      'For action:',
      'Please review pain relief (marked by Jo Example, 01-Aug-2021)',
    ]);
  });

  it('holds nothing that the reader does not need', () => {
    expect(JSON.stringify(bundle)).not.toContain('not for the document');
    expect(bundle.entry?.slice(1).every(({ resource }) => resource?.meta?.tag?.[0]?.code === 'SUBSETTED')).toBe(true);
  });

  it('resolves each of its references within itself', () => {
    const literals = [...JSON.stringify(bundle).matchAll(/"reference":"([^"]+)"/g)].map(([, literal]) => literal);
    const held = bundle.entry?.map(({ fullUrl }) => fullUrl?.replace('https://ginnel.example/fhir/', ''));
    expect(literals.filter((literal) => held?.includes(literal) !== true)).toEqual([]);
  });

  it('counts a session as cancelled where the person had declined it', () => {
    const declined = appointment('a1', 'noshow', '2021-04-02T10:00:00Z');
    declined.participant = [{ actor: { reference: 'Patient/p1' }, status: 'declined' }];
    const [offer] = summaryInput().offers;
    const input = summaryInput({ offers: offer ? [{ ...offer, appointments: [declined] }] : [] });
    expect(words(input, 'What was offered and attended').slice(11)).toEqual([
      'not recorded',
      'not recorded',
      '1',
      '0',
      'not recorded',
    ]);
  });

  it('names who was in touch as the record does, and says so where it does not', () => {
    const contacts = [
      encounter('e1', '2021-03-10', { serviceProvider: { display: 'Another team' } }),
      encounter('e2', '2021-03-11', { serviceProvider: {} }),
    ];
    expect(words(summaryInput({ contacts }), 'Contacts')).toEqual(
      expect.arrayContaining(['Another team', 'not recorded']),
    );
  });
});

describe('the identity of an outcome summary', () => {
  it('is the same, byte for byte, for the same input', () => {
    expect(JSON.stringify(outcomeSummary(summaryInput()))).toBe(JSON.stringify(outcomeSummary(summaryInput())));
  });

  it('is a UUID that does not depend on the clock, and changes with any part or word', () => {
    const ids = [
      summaryInput(),
      summaryInput({ at: '2021-08-03T10:00:00Z' }),
      summaryInput({ referral: task('t0', { status: 'completed', meta: { versionId: '6' } }) }),
      summaryInput({ notes: { whatMatters: 'Walking', stillOpen: [] } }),
    ].map((input) => outcomeSummary(input).id ?? '');
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
    expect([ids[0] === ids[1], new Set(ids).size]).toEqual([true, 3]);
  });

  it('of a correction names the summary that it replaces', () => {
    const identifier = { system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0b1f2c3d-0000-8000-8000-000000000000' };
    const replaces = { identifier, date: '2021-08-01T10:00:00Z', isCorrection: true };
    const { relatesTo, status, text } = compositionOf(outcomeSummary(summaryInput({ replaces })));
    expect([relatesTo, status]).toEqual([[{ code: 'replaces', targetIdentifier: identifier }], 'amended']);
    expect(text?.div).toContain('This is a correction: it replaces the summary of 01-Aug-2021');
  });
});

describe('free text in an outcome summary', () => {
  const hostile = `</p><script>alert("x")</script>&amp;'\u0000\uD800]]>`;
  const harmless = '&lt;/p&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;&#39;\uFFFD\uFFFD]]&gt;';

  it('stays text wherever people write', () => {
    const [offer] = summaryInput().offers;
    const input = summaryInput({
      notes: { whatMatters: `one\n${hostile}`, stillOpen: [hostile] },
      requester: organization('practice', hostile),
      offers: offer ? [{ ...offer, activity: hostile }] : [],
      requests: [{ kind: 'information', text: hostile, markedBy: hostile, markedOn: '2021-08-01' }],
    });
    const sections = compositionOf(outcomeSummary(input)).section ?? [];
    const divs = sections.map(({ text }) => text?.div ?? '');
    expect(divs.filter((div) => /<script|\u0000|\uD800/.test(div))).toEqual([]);
    expect(divs.filter((div) => div.includes(harmless))).toHaveLength(5);
    expect(divs[0]).toBe(`<div xmlns="http://www.w3.org/1999/xhtml"><p>one<br/>${harmless}</p></div>`);
  });
});

describe('an outcome summary is refused', () => {
  it('when a part is of another person or another referral', () => {
    const other = { reference: 'Patient/p2' };
    const input = summaryInput({
      referral: task('t0', { for: other }),
      contacts: [encounter('e1', '2021-03-10', { subject: other, basedOn: [{ reference: 'ServiceRequest/s2' }] })],
      at: 'now',
    });
    expect(() => outcomeSummary(input)).toThrow(
      new FhirError([
        { severity: 'error', code: 'business-rule', diagnostics: 'Task.for is not the person of this summary.' },
        {
          severity: 'error',
          code: 'business-rule',
          diagnostics: 'Encounter.subject is not the person of this summary.',
        },
        {
          severity: 'error',
          code: 'business-rule',
          diagnostics: 'Encounter.basedOn is not the referral of this summary.',
        },
        { severity: 'error', code: 'value', diagnostics: 'A summary is made at an instant with its offset.' },
      ]),
    );
  });
});
