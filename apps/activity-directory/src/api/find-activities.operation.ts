import { Injectable } from '@nestjs/common';
import type { Bundle, BundleEntry, Parameters, ParametersParameter } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import { Platform } from '#service';
import { demonstrationPostcodes } from '../domain/demonstration-postcodes.js';
import type { ActivityWish, FoundActivity } from '../domain/activity-search.js';
import { placeOf } from '../domain/postcode.js';
import { FindActivities } from '../use-cases/find-activities.js';

const distanceExtension = 'http://hl7.org/fhir/StructureDefinition/location-distance';
const kmPerMile = 1.609344;

/** `POST /HealthcareService/$find-activities`: by POST, so that what somebody looks for stands in no address. */
@Injectable()
export class FindActivitiesOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'find-activities',
    title: 'Find an activity',
    description:
      'Activities by text, condition (a code that HealthcareService.eligibility names) and distance from a postcode, nearest first. ' +
      'Parameters: text, condition, postcode, distance (Quantity in km or mi), count.',
    system: false,
    types: ['HealthcareService'],
    instance: false,
    methods: ['POST'],
    affectsState: false,
  };

  constructor(
    private readonly findActivities: FindActivities,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute({ resource }: FhirRequest): Promise<FhirResponse> {
    const { wish, count } = wishOf(resource?.resourceType === 'Parameters' ? resource : undefined);
    const found = await this.findActivities.execute(wish);
    const entry = found.slice(0, count).map((activity) => this.#entry(activity));
    const bundle: Bundle = {
      resourceType: 'Bundle',
      type: 'searchset',
      total: found.length,
      ...(entry.length > 0 ? { entry } : {}),
    };
    return { status: 200, resource: bundle };
  }

  #entry({ service, distanceKm }: FoundActivity): BundleEntry {
    const distance = {
      url: distanceExtension,
      valueDistance: {
        value: Math.round((distanceKm ?? 0) * 100) / 100,
        unit: 'km',
        system: 'http://unitsofmeasure.org',
        code: 'km',
      },
    };
    return {
      fullUrl: `${this.platform.settings.baseUrl}/HealthcareService/${service.id ?? ''}`,
      resource: service,
      search: { mode: 'match', ...(distanceKm === undefined ? {} : { extension: [distance] }) },
    };
  }
}

const known = ['text', 'condition', 'postcode', 'distance', 'count'];

function wishOf(parameters: Parameters | undefined): { wish: ActivityWish; count: number } {
  if (!parameters)
    throw refused(
      'required',
      'Send a Parameters resource with text, condition, postcode, distance or count.',
      'Parameters',
    );
  const given = parameters.parameter ?? [];
  const unknown = given.find(({ name }) => !known.includes(name));
  if (unknown)
    throw refused(
      'not-supported',
      `There is no parameter of this name; known are ${known.join(', ')}.`,
      'Parameters.parameter.name',
    );
  const named = (name: string) => given.find((parameter) => parameter.name === name);
  const text = named('text')?.valueString;
  const condition = conditionOf(named('condition'));
  const near = nearOf(named('postcode'), named('distance'));
  const wish = {
    ...(text === undefined ? {} : { text }),
    ...(condition ? { condition } : {}),
    ...(near ? { near } : {}),
  };
  return { wish, count: Math.min(named('count')?.valueInteger ?? named('count')?.valuePositiveInt ?? 20, 100) };
}

function conditionOf(parameter: ParametersParameter | undefined): ActivityWish['condition'] {
  if (!parameter) return undefined;
  const coding = parameter.valueCoding ?? parameter.valueCodeableConcept?.coding?.[0];
  const [system, code] = (parameter.valueString ?? parameter.valueCode ?? '').split('|');
  if (coding?.code !== undefined)
    return { code: coding.code, ...(coding.system === undefined ? {} : { system: coding.system }) };
  if (code !== undefined && system !== undefined && system !== '') return { system, code };
  if (system === undefined || system === '') {
    throw refused(
      'value',
      'condition is a Coding, or text like http://snomed.info/sct|82423001.',
      'Parameters.parameter.valueCoding',
    );
  }
  return { code: system };
}

function nearOf(
  postcode: ParametersParameter | undefined,
  distance: ParametersParameter | undefined,
): ActivityWish['near'] {
  if (!postcode) {
    if (distance)
      throw refused('required', 'distance needs a postcode from which it is measured.', 'Parameters.parameter');
    return undefined;
  }
  const place = placeOf(postcode.valueString ?? '', demonstrationPostcodes());
  if (!place)
    throw refused(
      'not-found',
      'This postcode is not known here; try its outward part, such as BD21.',
      'Parameters.parameter.valueString',
    );
  return { place, ...withinOf(distance) };
}

function withinOf(distance: ParametersParameter | undefined): { withinKm?: number } {
  if (!distance) return {};
  const value = distance.valueQuantity?.value ?? distance.valueDecimal ?? distance.valueInteger;
  const unit = distance.valueQuantity?.code ?? distance.valueQuantity?.unit ?? 'km';
  const factor = { km: 1, '[mi_i]': kmPerMile, mi: kmPerMile, miles: kmPerMile }[unit];
  if (value === undefined || value < 0 || factor === undefined) {
    throw refused('value', 'distance is a Quantity in km or mi, zero or more.', 'Parameters.parameter.valueQuantity');
  }
  return { withinKm: value * factor };
}

function refused(
  code: 'required' | 'value' | 'not-found' | 'not-supported',
  diagnostics: string,
  expression: string,
): FhirError {
  return new FhirError([error(code, diagnostics, expression)], { status: code === 'not-found' ? 422 : 400 });
}
