import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4';
import { parseXml, toXml } from '#fhir-server';
import { messageOf } from './messages.js';
import { startWorld, type World } from './world.js';

const xml = 'application/fhir+xml';

describe('a referral message in XML', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  const send = async (body: string) => {
    const headers = {
      'content-type': xml,
      accept: xml,
      'x-request-id': randomUUID(),
      'x-correlation-id': randomUUID(),
    };
    const answer = await world.send('practice', { method: 'POST', path: '/fhir/$process-message', body, headers });
    return { status: answer.status, type: answer.headers.get('content-type'), resource: parseXml(answer.text) };
  };

  it('is taken, and answered in XML', async () => {
    const { status, type, resource } = await send(toXml(messageOf('9990000077')));
    const { resourceType, entry = [] } = resource as Bundle<FhirResource>;
    expect([status, type, resourceType]).toEqual([200, `${xml}; charset=utf-8`, 'Bundle']);
    expect(entry.map((one) => one.resource?.resourceType)).toContain('MessageHeader');
  });

  it('is refused in XML, with the code of the Booking and Referral Standard', async () => {
    const { status, resource } = await send('<Bundle xmlns="http://hl7.org/fhir"><kind value="message"/></Bundle>');
    const [issue] = (resource as OperationOutcome).issue;
    expect([status, issue?.expression, issue?.details?.coding?.[0]?.code]).toEqual([
      400,
      ['Bundle.kind'],
      'REC_BAD_REQUEST',
    ]);
  });
});
