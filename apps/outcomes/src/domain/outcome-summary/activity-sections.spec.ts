import type { Communication } from 'fhir/r4';
import { appointment, encounter, summaryInput } from '../../../test/summary-builders.js';
import { attendanceRows, contactGroups } from './activity-sections.js';

const byChannel = (code: string) => ({
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: code === 'visit' ? 'HH' : 'VR' },
  type: [{ coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/contact-channel', code }] }],
});

describe('the contacts of an outcome summary', () => {
  const hows = (...contacts: ReturnType<typeof encounter>[]) =>
    contactGroups(summaryInput({ contacts })).map(([, how, times]) => [how, times]);

  it('are told by the channel that they name, each apart', () => {
    expect(
      hows(
        encounter('first', '2021-03-10', byChannel('phone')),
        encounter('second', '2021-03-17', byChannel('video')),
        encounter('third', '2021-03-24', byChannel('phone')),
        encounter('fourth', '2021-03-31', byChannel('visit')),
      ),
    ).toEqual([
      ['phone', '2'],
      ['video', '1'],
      ['visit', '1'],
    ]);
  });

  it('that reached nobody are told as such', () => {
    const call = (id: string, code: string) => {
      const coding = [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/contact-result', code }];
      const url = 'https://ginnel.org.uk/fhir/StructureDefinition/contact-result';
      return encounter(id, '2021-03-10', {
        ...byChannel('phone'),
        extension: [{ url, valueCodeableConcept: { coding } }],
      });
    };
    expect(hows(call('1', 'no-answer'), call('2', 'message-left'), call('3', 'wrong-number'))).toEqual([
      ['phone', '3, nobody reached'],
    ]);
    expect(hows(call('1', 'no-answer'), call('2', 'reached'), call('3', 'refused'))).toEqual([
      ['phone', '3, of which 1 reached nobody'],
    ]);
  });

  it('are none where a Communication says neither its channel nor how it went', () => {
    const communication = (change: Partial<Communication>): Communication => ({
      resourceType: 'Communication',
      status: 'completed',
      basedOn: [{ reference: 'ServiceRequest/s1' }],
      ...change,
    });
    const given = { coding: [{ code: 'kit-given' }] };
    const contacts = [
      communication({ id: 'c1', payload: [{ contentString: 'A note to the provider' }] }),
      communication({ id: 'c2', category: [given] }),
      communication({ id: 'c3', medium: byChannel('letter').type }),
    ];
    expect(contactGroups(summaryInput({ contacts })).map(([, how, times]) => [how, times])).toEqual([['letter', '1']]);
  });

  it('that name none are told in words, never in a code of the class', () => {
    expect(hows(encounter('one', '2021-03-10', { class: { code: 'HH' } }))).toEqual([['visit', '1']]);
    expect(hows(encounter('one', '2021-03-10', { class: { code: 'VR' } }))).toEqual([['by phone or video', '1']]);
  });
});

it('sessions of which the activity is not known have a row of their own', () => {
  const otherSessions = [
    appointment('a8', 'fulfilled', '2021-05-01T10:00:00Z'),
    appointment('a9', 'noshow', '2021-05-08T10:00:00Z'),
  ];
  const { offers } = summaryInput();
  const rows = attendanceRows(summaryInput({ otherSessions }));
  expect(rows.map(([activity]) => activity)).toHaveLength(offers.length + 1);
  expect(rows.at(-1)?.slice(0, 5)).toEqual(['activity not recorded', 'not recorded', 'not recorded', '1', '1']);
});

it('sessions that were an error are no row', () => {
  const otherSessions = [appointment('a8', 'entered-in-error', '2021-05-01T10:00:00Z')];
  const { offers } = summaryInput();
  expect(attendanceRows(summaryInput({ otherSessions }))).toHaveLength(offers.length);
});

it('sessions of which the activity is not known are to come only while a part is open', () => {
  const otherSessions = [appointment('a8', 'booked', '2021-09-01T10:00:00Z')];
  const { offers } = summaryInput();
  const open = offers.map((offer) => ({ ...offer, task: { ...offer.task, status: 'in-progress' as const } }));
  const rows = [offers, open].map((some) => attendanceRows(summaryInput({ offers: some, otherSessions })).at(-1));
  expect(rows.map((row) => row?.slice(3))).toEqual([
    ['1 not recorded', '1 not recorded', '0', '0', 'not recorded'],
    ['0', '0', '0', '1', 'none'],
  ]);
});
