import { redacted } from './redact.js';

const person = { own: ['Patient/a', 'Task/a.1'], number: '9434765919' };

describe('a resource of which a person is only a part', () => {
  it('loses the reference to the person, and keeps everything of the others', () => {
    const group = {
      resourceType: 'Group',
      member: [
        { entity: { reference: 'Patient/a', display: 'Jo Fictitious' } },
        { entity: { reference: 'Patient/ab', display: 'Sam Invented' } },
      ],
    };
    expect(JSON.parse(redacted(JSON.stringify(group), person))).toEqual({
      resourceType: 'Group',
      member: [{ entity: { display: 'erased' } }, { entity: { reference: 'Patient/ab', display: 'Sam Invented' } }],
    });
  });

  it('loses the NHS number however it is written, and not longer numbers that hold it', () => {
    const note = { note: [{ text: 'Asked for 943 476 5919, 943-476-5919 and 94347659190, see Task/a.1/_history/2.' }] };
    expect(JSON.parse(redacted(JSON.stringify(note), person))).toEqual({
      note: [{ text: 'Asked for erased, erased and 94347659190, see erased/_history/2.' }],
    });
  });

  it('keeps the digits of decimals', () => {
    expect(redacted('{"value":1.50,"reference":"Patient/b"}', person)).toBe('{"value":1.50,"reference":"Patient/b"}');
  });
});
