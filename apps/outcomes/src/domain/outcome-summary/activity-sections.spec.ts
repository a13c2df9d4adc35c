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
