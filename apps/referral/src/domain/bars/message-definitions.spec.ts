import type { FhirResource, MessageDefinition } from 'fhir/r4';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { messageEventSystem, vcseUseCase } from './codes.js';
import { messageDefinitions } from './message-definitions.js';

const examples = '../shared/data/bars';

describe('the message definitions', () => {
  it('have one row for each url', () => {
    expect(new Set(messageDefinitions.map(({ url }) => url)).size).toBe(messageDefinitions.length);
  });

  it('demand of our own messages what its definition demands', () => {
    const file = new URL('../../../../../ig/message-definitions/referral-request-vcse.json', import.meta.url);
    const own = JSON.parse(readFileSync(file, 'utf8')) as MessageDefinition;
    const row = messageDefinitions.find(({ url }) => url === own.url);
    expect(row?.cardinalities).toEqual(cardinalitiesOf(own));
    expect(row?.kinds).toEqual(['new-referral']);
    expect(own.eventCoding).toEqual({ system: messageEventSystem, code: 'servicerequest-request' });
    const [useCase] = own.useContext?.[0]?.valueCodeableConcept?.coding ?? [];
    expect(useCase).toEqual(vcseUseCase);
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
  });
});

function publishedDefinitions(): [string, MessageDefinition][] {
  return readdirSync(examples)
    .filter((file) => file.startsWith('conformance_MessageDefinition_'))
    .map((file) => JSON.parse(readFileSync(`${examples}/${file}`, 'utf8')) as MessageDefinition)
    .filter(({ eventCoding }) => eventCoding?.code?.startsWith('servicerequest-'))
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
