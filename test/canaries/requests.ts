import type { FhirResource } from 'fhir/r4';
import { answers, mark, nhs, observation, person, referral } from './marked.js';

/** One request as it goes out: method and path, maybe a body and headers. */
export interface Told {
  request: string;
  body?: object | string;
  headers?: Record<string, string>;
}

const value = encodeURIComponent(`${nhs}|${mark.number}`);
const text = encodeURIComponent(mark.words);
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const xml = { 'content-type': 'application/fhir+xml' };

/** Searches and addresses that hold a person's identifiers, well-formed and not. */
export const asking: readonly Told[] = [
  `GET /fhir/Patient?identifier=${value}`,
  `GET /fhir/Patient?identifier=${value}&_count=1&_total=accurate`,
  `GET /fhir/Patient?identifier=${mark.malformed}`,
  `GET /fhir/Patient?identifier=%zz${mark.number}`,
  `GET /fhir/Patient?family=${mark.family}&given:exact=${mark.given}`,
  `GET /fhir/Patient?name:contains=${mark.family}&birthdate=${mark.birth}`,
  `GET /fhir/Patient?birthdate=zzcanary`,
  `GET /fhir/Patient?telecom=${mark.phone}&email=${mark.email}`,
  `GET /fhir/Patient?address-postalcode=${encodeURIComponent(mark.postcode)}&address=${encodeURIComponent(mark.line)}`,
  `GET /fhir/Patient?${mark.name}=${mark.number}`,
  `GET /fhir/Patient?_id=${mark.number}&_sort=${mark.name}`,
  `GET /fhir/Patient?_include=${mark.name}:${mark.given}`,
  `GET /fhir/Patient?${mark.number}=1`,
  `GET /fhir/Patient?_sort=${mark.number}`,
  `GET /fhir/Patient?${text}=1`,
  `GET /fhir/Patient?name:${mark.number}=1`,
  `GET /fhir/StructureDefinition?${mark.number}=1`,
  `GET /fhir/Patient?_cursor=${mark.number}`,
  `GET /fhir/Patient?_lastUpdated=${mark.family}`,
  `GET /fhir/Patient?_filter=${text}`,
  `GET /fhir/ServiceRequest?subject:Patient.identifier=${value}&_include=ServiceRequest:subject`,
  `GET /fhir/ServiceRequest?subject.${mark.name}=1`,
  `GET /fhir/Patient?_has:ServiceRequest:subject:${mark.name}=1`,
  `GET /fhir/Task?patient.identifier=${value}`,
  `GET /fhir/Patient/${mark.number}`,
  `GET /fhir/Patient/${mark.number}/_history/1`,
  `GET /fhir/Patient/${encodeURIComponent(mark.words)}`,
  `GET /fhir/${mark.number}`,
  `GET /fhir/${mark.name}/1`,
  `GET /fhir/$${mark.name}`,
  `GET /fhir/Patient/1/$${mark.name}`,
  `GET /${mark.number}/${mark.family}`,
  `GET /docs/${mark.number}?${mark.family}`,
  `GET /health/${mark.number}`,
  `GET /fhir/metadata?_format=${mark.family}`,
  `GET /fhir/Patient?_format=${mark.family}`,
  `GET /fhir/Patient?identifier=${value}&a=${'x'.repeat(9_000)}`,
  `DELETE /fhir/Patient?identifier=${encodeURIComponent(`${nhs}|${mark.other}`)}`,
  `OPTIONS /fhir/Patient?identifier=${value}`,
]
  .map((request): Told => ({ request }))
  .concat([
    { request: 'POST /fhir/Patient/_search', body: `identifier=${value}`, headers: form },
    { request: 'POST /fhir/Patient/_search', body: `${mark.name}=${mark.number}`, headers: form },
    { request: `GET /fhir/Patient?identifier=${value}`, headers: { prefer: 'respond-async' } },
    { request: `GET /fhir/Patient?identifier=${value}`, headers: { 'x-request-id': mark.words } },
    { request: 'GET /fhir/Patient', headers: { authorization: `Bearer ${mark.family}${mark.number}` } },
    { request: 'GET /fhir/Patient', headers: { authorization: `Basic ${btoa(mark.words)}` } },
    { request: 'GET /fhir/Patient', headers: { traceparent: mark.words, 'user-agent': mark.words } },
    {
      request: 'GET /fhir/Patient',
      headers: { 'x-forwarded-for': mark.family, referer: `https://a.example/?${value}` },
    },
    { request: 'GET /fhir/Patient', headers: { accept: mark.words, 'if-none-match': mark.words } },
    { request: 'GET /fhir/Patient', headers: { origin: `https://${mark.family}.example` } },
  ]);

/** Bodies that name a person, and are refused for one reason or another; `patient` is the id of one who is kept. */
export function sending(patient: string): Told[] {
  const sent = (request: string, body: object | string, headers?: Record<string, string>): Told => ({
    request,
    body,
    ...(headers ? { headers } : {}),
  });
  const wrong = (more: object): Told => sent('POST /fhir/Patient', { ...person(mark.other), ...more });
  const entry = (request: string, resource: FhirResource) => {
    const [method = '', url = ''] = request.split(' ');
    return { request: { method, url, ifNoneExist: `identifier=${nhs}|${mark.number}` }, resource };
  };
  const patch = { 'content-type': 'application/json-patch+json' };
  return [
    sent('POST /fhir/Patient', person(), { 'if-none-exist': `identifier=${nhs}|${mark.number}` }),
    sent('POST /fhir/Patient', person(), { 'if-none-exist': `${mark.name}=${mark.number}` }),
    sent(`PUT /fhir/Patient?identifier=${nhs}|${mark.number}`, { ...person(), id: mark.number }),
    sent(`PUT /fhir/Patient/${patient}`, { ...person(), id: mark.number }),
    sent(`PUT /fhir/Patient/${patient}`, { ...person(), id: patient }, { 'if-match': mark.words }),
    sent(`PATCH /fhir/Patient/${patient}`, [{ op: 'test', path: '/birthDate', value: mark.words }], patch),
    sent(`PATCH /fhir/Patient/${patient}`, [{ op: 'replace', path: `/${mark.name}`, value: mark.words }], patch),
    sent(`PATCH /fhir/Patient/${patient}`, [{ op: mark.name, path: '/birthDate', value: mark.words }], patch),
    wrong({ birthDate: mark.words }),
    wrong({ gender: mark.family }),
    wrong({ identifier: [{ system: nhs, value: mark.malformed }] }),
    wrong({ identifier: [{ system: mark.words, value: mark.other }] }),
    wrong({ active: mark.words, multipleBirthInteger: mark.words, deceasedBoolean: mark.words }),
    wrong({ name: mark.words, telecom: [{ system: mark.family, value: mark.phone }] }),
    wrong({ managingOrganization: { reference: mark.words } }),
    wrong({ generalPractitioner: [{ reference: `Practitioner/${mark.number}` }] }),
    wrong({ extension: [{ url: mark.words, valueCode: mark.words }] }),
    wrong({
      meta: { profile: [`https://example.org/${mark.family}`], tag: [{ system: mark.words, code: mark.words }] },
    }),
    wrong({
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml"><script>${mark.words}</script></div>`,
      },
    }),
    wrong({ contained: [{ resourceType: 'Patient', id: mark.words }] }),
    wrong({ photo: [{ contentType: mark.words, data: mark.words, url: `https://${mark.family}` }] }),
    sent('POST /fhir/Patient', `{"resourceType":"Patient","name":[{"family":"${mark.family}"`),
    sent('POST /fhir/Patient', `${mark.words} ${mark.number}`),
    sent('POST /fhir/Patient', `{"resourceType":"${mark.name}"}`),
    sent('POST /fhir/Patient', { ...person(), resourceType: mark.name }),
    sent(
      'POST /fhir/Patient',
      `<Patient xmlns="http://hl7.org/fhir"><birthDate value="${mark.words}"/></Patient>`,
      xml,
    ),
    sent('POST /fhir/Patient', `<!DOCTYPE a [<!ENTITY b "${mark.words}">]><Patient>&b;</Patient>`, xml),
    sent('POST /fhir/Patient', person(), { 'content-type': mark.family }),
    sent('POST /fhir/Patient/$validate', { ...person(), birthDate: mark.words }),
    sent('POST /fhir/ServiceRequest', referral(mark.number, mark.family)),
    sent('POST /fhir/ServiceRequest', { ...referral(patient, 'staying-steady'), status: mark.family }),
    sent('POST /fhir/QuestionnaireResponse', answers(patient)),
    sent('POST /fhir/Observation', { ...observation(patient), status: mark.family }),
    sent('POST /fhir/Observation', { ...observation(patient), effectiveDateTime: mark.words }),
    sent('POST /fhir/Subscription', {
      resourceType: 'Subscription',
      status: 'requested',
      reason: mark.words,
      criteria: `Patient?identifier=${nhs}|${mark.number}&${mark.name}=1`,
      channel: { type: 'rest-hook', endpoint: `https://${mark.family}.example/${mark.number}` },
    }),
    sent('POST /fhir', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [entry(`PUT Patient?identifier=${nhs}|${mark.number}`, { ...person(), birthDate: mark.words })],
    }),
    sent('POST /fhir', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        entry('POST Patient', person()),
        entry(`GET Patient?${mark.name}=${mark.number}`, person()),
        entry(`PUT ${mark.name}/1`, person()),
      ],
    }),
    sent(
      'POST /fhir/$process-message',
      { resourceType: 'Bundle', type: 'message', entry: [{ fullUrl: mark.words, resource: person() }] },
      { 'x-request-id': 'a-marked-message', 'x-correlation-id': 'a-marked-message' },
    ),
    sent('POST /fhir/$process-message', { resourceType: 'Bundle', type: 'message', entry: [{ resource: person() }] }),
  ];
}
