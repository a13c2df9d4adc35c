import { askedFaults, faultsOfTarget } from './asked-faults.js';
import { targetIn, targetInMessage } from './target.js';

describe('what somebody asks to go wrong', () => {
  it.each([
    ['503', { error: { status: 503, code: 'REC_UNAVAILABLE', issue: 'transient' } }],
    ['409', { error: { status: 409, code: 'REC_CONFLICT', issue: 'conflict' } }],
    ['SEND_UNAUTHORIZED', { error: { status: 401, code: 'SEND_UNAUTHORIZED', issue: 'login' } }],
    ['REC_CONFLICT-duplicate', { error: { status: 409, code: 'REC_CONFLICT', issue: 'duplicate' } }],
    ['delay=2000, lost-answer', { delayMs: 2000, lostAnswer: true }],
    ['duplicate,times=3', { duplicate: true, times: 3 }],
    ['without-ids', { withoutIds: true }],
    ['without-outcome', { withoutOutcome: true }],
    ['', {}],
  ])('%s', (text, asked) => {
    expect(askedFaults(text)).toEqual(asked);
  });

  it.each(['418', 'delay', 'delay=60001', 'times=x', 'REC_CONFLICT-throttled', '503;lost'])('is not %s', (text) => {
    expect(() => askedFaults(text)).toThrow('X-Ginnel-Fail takes');
  });

  it('may be a target', () => {
    expect(faultsOfTarget('NHS0001-425')?.error?.code).toBe('REC_TOO_EARLY');
    expect([faultsOfTarget('2000099911'), faultsOfTarget('NHS0001-2'), faultsOfTarget(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('stands in the header, in JSON and in XML', () => {
    const header = Buffer.from(JSON.stringify({ value: 'NHS0001-409', system: 's' })).toString('base64');
    const json = JSON.stringify({ destination: [{ receiver: { reference: 'a' }, endpoint: 's|NHS0001-409' }] });
    const xml = '<destination><endpoint value="s|NHS0001-409"/></destination>';
    expect([targetIn(header), targetInMessage(json), targetInMessage(xml)]).toEqual(Array(3).fill('NHS0001-409'));
    expect([targetIn('%'), targetIn(undefined), targetInMessage('{}')]).toEqual([undefined, undefined, undefined]);
  });
});
