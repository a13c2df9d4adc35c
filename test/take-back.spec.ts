import type { Bundle, FhirResource, ServiceRequest } from 'fhir/r4';
import { existsSync, readFileSync } from 'node:fs';
import { resourcesIn, takeBackMessage } from '#client';
import { context } from '../apps/referral/src/domain/bars/example-messages.js';
import { askedBy, judgeMessage, type MessageContext } from '../apps/referral/src/domain/bars/index.js';

const folder = '../shared/data/bars';
const { files } = JSON.parse(readFileSync('conformance/bars/verdicts.json', 'utf8')) as {
  files: { file: string; kind?: string }[];
};
const sent = files.filter(({ kind }) => kind === 'new-referral' || kind === 'new-validation').map(({ file }) => file);

describe('the message that takes a referral back', () => {
  it('says nothing of what it does not bring', () => {
    const [patient, role] = [
      'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0012',
      'urn:uuid:F1A3C1DE-0B1C-4C8E-9A55-1D2B8A9E0021',
    ];
    const left = { reference: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0099' };
    const request: ServiceRequest = {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'plan',
      subject: { reference: patient },
      requester: { reference: role.toLowerCase() },
      supportingInfo: [left, { reference: 'CarePlan/1' }],
      basedOn: [left],
      extension: [{ url: 'https://example.org/a', valueReference: left }],
      note: [{ authorReference: left, text: 'Rings twice.' }],
    };
    const entry = [
      {
        fullUrl: patient,
        resource: { resourceType: 'Patient', link: [{ other: left, type: 'seealso' }] } as FhirResource,
      },
      { fullUrl: role, resource: { resourceType: 'PractitionerRole', location: [left] } as FhirResource },
      { resource: request },
      { fullUrl: left.reference, resource: { resourceType: 'CarePlan' } as FhirResource },
    ];
    const message: Bundle = { resourceType: 'Bundle', type: 'message', entry };
    const back = takeBackMessage(message, { serviceRequest: { ...request, id: 'sr-1' }, as: 'revoked' });
    expect((back.entry ?? []).map(({ resource }) => resource)).toEqual([
      { resourceType: 'Patient' },
      { resourceType: 'PractitionerRole' },
      {
        resourceType: 'ServiceRequest',
        id: 'sr-1',
        status: 'revoked',
        intent: 'plan',
        subject: request.subject,
        requester: request.requester,
        supportingInfo: [{ reference: 'CarePlan/1' }],
        note: [{ text: 'Rings twice.' }],
      },
    ]);
  });

  if (!existsSync(folder)) {
    it(`is not held to published messages: there is no ${folder}`, () => {
      expect(existsSync(folder)).toBe(false);
    });
    return;
  }

  it.each(sent.flatMap((file) => [[file, 'revoked'] as const, [file, 'entered-in-error'] as const]))(
    'is a cancellation of %s, %s',
    (file, as) => {
      const message = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Bundle;
      const [request] = resourcesIn(message, 'ServiceRequest');
      const serviceRequest = { ...(request as ServiceRequest), id: 'sr-1' };
      const back = takeBackMessage(message, { serviceRequest, as });
      expect(judgeMessage(back, contextOf(serviceRequest))).toMatchObject({ accepted: true, kind: 'cancellation' });
    },
  );
});

/** A server that has the referral. */
function contextOf(serviceRequest: ServiceRequest): MessageContext {
  const { headers, known } = context();
  const asked = askedBy(serviceRequest);
  return {
    headers: { ...headers, 'nhsd-target-identifier': undefined },
    services: () => ({ acceptsUseCases: asked.useCase ? [asked.useCase] : [] }),
    known: { ...known, asked },
  };
}
