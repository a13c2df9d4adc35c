import type { Communication, Encounter, Extension } from 'fhir/r4';
import { contactDueExtension, readinessExtension, readinessSystem } from './codes.js';
import { contactLanguageExtension, contactResultExtension, contactResultSystem } from './contact.js';
import { contactChannelSystem } from './contact-attempts.js';
import { contactSays } from './contact-says.js';

const now = new Date('2026-11-22T10:00:00Z');
const coded = (system: string, code: string, text?: string) => ({
  valueCodeableConcept: { coding: [{ system, code }], ...(text === undefined ? {} : { text }) },
});
const result = (code: string): Extension => ({ url: contactResultExtension, ...coded(contactResultSystem, code) });
const ready = (colour: string, why?: string): Extension => ({
  url: readinessExtension,
  ...coded(readinessSystem, colour, why),
});
const language = (valueCode: string): Extension => ({ url: contactLanguageExtension, valueCode });

function call(extension: Extension[], more: Partial<Encounter> = {}, channel = 'phone'): Encounter {
  const type = [{ coding: [{ system: contactChannelSystem, code: channel }] }];
  return { resourceType: 'Encounter', status: 'finished', class: { code: 'VR' }, type, extension, ...more };
}

const letter: Communication = {
  resourceType: 'Communication',
  status: 'completed',
  medium: [{ coding: [{ system: contactChannelSystem, code: 'letter' }] }],
  extension: [result('message-left')],
};

describe('a contact', () => {
  it.each([
    ['a call that reached somebody', call([ready('green'), result('reached'), language('ur')])],
    ['a call that reached nobody', call([result('no-answer')])],
    ['a letter', letter],
    [
      'one of a moment ago, by a clock that goes fast',
      call([ready('green')], { period: { start: '2026-11-22T10:04:00Z' } }),
    ],
    ['one that is planned', call([], { status: 'planned', period: { start: '2026-12-01T10:00:00Z' } })],
    ['an encounter that is no contact', call([], { type: [], period: { start: '2026-11-01', end: '2026-11-09' } })],
  ])('that says what it must: %s', (_title, contact) => {
    expect(contactSays(contact, now)).toEqual([]);
  });

  const past = '2026-11-22T09:00:00Z';
  it.each([
    ['yellow without the next date', call([ready('yellow')]), 'required', 'Encounter.extension'],
    ['red without a reason', call([ready('red')]), 'required', 'Encounter.extension'],
    [
      'a colour of somebody who was not reached',
      call([ready('green'), result('no-answer')]),
      'business-rule',
      'Encounter.extension',
    ],
    ['a channel that is not known', call([ready('green')], {}, 'pigeon'), 'code-invalid', 'Encounter.type'],
    ['a result that is not known', call([result('noanswer')]), 'code-invalid', 'Encounter.extension'],
    [
      'a language that is no tag',
      call([ready('green'), language('klingonish-xx')]),
      'code-invalid',
      'Encounter.extension',
    ],
    ['a day to come', call([ready('green')], { period: { start: '2027-01-01' } }), 'value', 'Encounter.period'],
    ['a letter of a day to come', { ...letter, sent: '2027-01-01T10:00:00Z' }, 'value', 'Communication.sent'],
    [
      'a next date that nobody lives to see',
      call([ready('yellow'), { url: contactDueExtension, valueDate: '9999-12-31' }]),
      'value',
      'Encounter.extension',
    ],
    [
      'more than a day',
      call([ready('green')], { period: { start: past, end: '6109-12-01T09:00:00Z' } }),
      'value',
      'Encounter.period',
    ],
  ])('that says what cannot be: %s', (_title, contact, code, place) => {
    expect(contactSays(contact, now).map((issue) => [issue.code, issue.expression])).toEqual([[code, [place]]]);
  });

  it('that is yellow and names the next date, or red and why, is whole', () => {
    const next = { url: contactDueExtension, valueDate: '2026-12-01' };
    expect(contactSays(call([ready('yellow'), next]), now)).toEqual([]);
    expect(contactSays(call([ready('red', 'No money for the bus.')]), now)).toEqual([]);
  });
});
