import type { FhirResource, MessageDefinition } from 'fhir/r4';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { barsUseCaseSystem, messageEventSystem, vcseUseCase } from './codes.js';
import { messageDefinitionsOf } from './definition-resource.js';
import { messageDefinitions } from './message-definitions.js';

const examples = '../shared/data/bars';

describe('the message definitions', () => {
  it('have one row for each url', () => {
    expect(new Set(messageDefinitions.map(({ url }) => url)).size).toBe(messageDefinitions.length);
  });

  it.each(ownDefinitions())('demand of our own messages what their definition demands: %s', (url, own) => {
    const row = messageDefinitions.find((definition) => definition.url === url);
    expect(row?.cardinalities).toEqual(cardinalitiesOf(own));
    expect([row?.of, row?.version, row?.title]).toEqual(['vcse', own.version, own.title]);
    expect(own.eventCoding).toEqual({ system: messageEventSystem, code: row?.event });
    const [useCase] = own.useContext?.[0]?.valueCodeableConcept?.coding ?? [];
    expect(useCase).toEqual(vcseUseCase);
  });

  it('are told of a service with it and its use cases, and only those of what it takes', () => {
    const service = { system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '2000099001' };
    const told = messageDefinitionsOf(service, {
      named: [vcseUseCase, { system: barsUseCaseSystem, code: 'a4t1' }],
      asked: [],
    });
    const contexts = told.map(({ id, useContext = [] }) => [
      id,
      ...useContext.map(({ valueCodeableConcept }) => valueCodeableConcept?.coding?.[0]?.code),
    ]);
    expect(contexts).toEqual([
      ['bars-message-servicerequest-request-validation', '2000099001', 'a4t1'],
      ['bars-message-servicerequest-request-cancelled', '2000099001', 'vcse', 'a4t1'],
      ['referral-request-vcse', '2000099001', 'vcse'],
      ['referral-response-vcse', '2000099001', 'vcse'],
      ['bars-message-booking-request', '2000099001', 'vcse', 'a4t1'],
      ['bars-message-booking-request-cancelled', '2000099001', 'vcse', 'a4t1'],
      ['bars-message-servicerequest-response-validation-interim', '2000099001', 'a4t1'],
      ['bars-message-servicerequest-response-validation-full', '2000099001', 'a4t1'],
    ]);
    const other = { system: 'https://example.org/other', code: 'a5t1' };
    expect(messageDefinitionsOf(service, { named: [other], asked: [] })).toEqual([]);
  });

  it('are all told of a service that names no use case, or those of the one that is asked for', () => {
    const service = { system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '2000099001' };
    const all = messageDefinitionsOf(service, { named: [], asked: [] });
    expect(all.length).toBe(messageDefinitions.length);
    const ofVcse = messageDefinitionsOf(service, { named: [], asked: [vcseUseCase] });
    expect(ofVcse).toEqual(messageDefinitionsOf(service, { named: [vcseUseCase], asked: [] }));
  });

  if (!existsSync(examples)) {
    it(`are not compared: there is no ${examples}`, () => {
      expect(existsSync(examples)).toBe(false);
    });
    return;
  }

  it.each(publishedDefinitions())('demand what the published one demands: %s', (url, published) => {
    const row = messageDefinitions.find((definition) => definition.url === url);
    expect(row?.cardinalities).toEqual(cardinalitiesOf(published));
    expect([row?.version, row?.event]).toEqual([published.version, published.eventCoding?.code]);
  });
});

function ownDefinitions(): [string, MessageDefinition][] {
  const folder = new URL('../../../../../ig/message-definitions/', import.meta.url);
  return readdirSync(folder)
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as MessageDefinition)
    .map((definition) => [definition.url ?? '', definition]);
}

function publishedDefinitions(): [string, MessageDefinition][] {
  return readdirSync(examples)
    .filter((file) => file.startsWith('conformance_MessageDefinition_'))
    .map((file) => JSON.parse(readFileSync(`${examples}/${file}`, 'utf8')) as MessageDefinition)
    .map((definition) => [definition.url ?? '', definition]);
}

/** Per type, several rows of one type added up, and without those that demand nothing. */
function cardinalitiesOf({ focus = [] }: MessageDefinition): Record<string, [number, number]> {
  const found: Record<string, [number, number]> = {};
  for (const { code, min, max = '*' } of focus as { code: FhirResource['resourceType']; min: number; max?: string }[]) {
    const [least, most] = found[code] ?? [0, 0];
    if (code !== 'Bundle') found[code] = [least + min, most + (max === '*' ? Infinity : Number(max))];
  }
  return Object.fromEntries(Object.entries(found).filter(([, [min, max]]) => min > 0 || max < Infinity));
}
