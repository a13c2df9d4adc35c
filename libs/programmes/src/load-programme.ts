import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Bundle, CodeSystem, FhirResource, Measure, PlanDefinition, Questionnaire } from 'fhir/r4';
import { z } from 'zod';
import { FhirError, isFault } from '#fhir';
import { definitionSchema, type ProgrammeDefinition } from './definition.js';
import { type Instrument, instrumentFaults } from './instrument.js';
import { licenceSchema } from './licence.js';
import { projectRoot } from './project-root.js';
import { type Scoring, scoringSchema } from './scoring.js';

/** A programme as it lies in programmes/<name>: data, not code. */
export interface Programme {
  definition: ProgrammeDefinition;
  instruments: Instrument[];
  questionnaires: Questionnaire[];
  scorings: Scoring[];
  codeSystems: CodeSystem[];
  planDefinition: PlanDefinition | undefined;
  /** What its evaluation measures. */
  measures: Measure[];
  /** What directory/*.json holds: organisations, activities and their slots. */
  resources: FhirResource[];
}

export function programmeNames(root: string = projectRoot()): string[] {
  return readdirSync(join(root, 'programmes'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'programmes', entry.name, 'programme.json')))
    .map(({ name }) => name)
    .sort();
}

/** Reads and checks a programme; throws where its parts contradict each other, so that nothing starts on a wrong scoring. */
export function loadProgramme(name: string, root: string = projectRoot()): Programme {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw FhirError.of('invalid', 'A programme is named by lower-case letters and hyphens.');
  const folder = join(root, 'programmes', name);
  const definition = definitionSchema.parse(readJson(join(folder, 'programme.json')));
  const instruments = instrumentIds(join(folder, 'questionnaires')).map((id) => loadInstrument(folder, id));
  refuseUnknownInstruments(definition, instruments);
  return {
    definition,
    instruments,
    questionnaires: instruments.map(({ questionnaire }) => questionnaire),
    scorings: instruments.map(({ scoring }) => scoring),
    codeSystems: resourcesIn(join(folder, 'code-systems')).filter((resource) => resource.resourceType === 'CodeSystem'),
    planDefinition: resourcesOf(join(folder, 'plan-definition.json')).find(
      (resource) => resource.resourceType === 'PlanDefinition',
    ),
    measures: resourcesIn(join(folder, 'measures')).filter((resource) => resource.resourceType === 'Measure'),
    resources: resourcesIn(join(folder, 'directory')),
  };
}

/** The instruments that a programme asks for at a time point, in its order. */
export function instrumentsAt(programme: Programme, timePoint: string): Instrument[] {
  const wanted = programme.definition.timePoints.find(({ code }) => code === timePoint)?.instruments ?? [];
  return wanted.flatMap((id) => programme.instruments.filter((instrument) => instrument.id === id));
}

function instrumentIds(folder: string): string[] {
  return jsonFiles(folder)
    .map((file) => basename(file, '.json'))
    .filter((name) => !name.includes('.'));
}

function loadInstrument(folder: string, id: string): Instrument {
  const file = (suffix: string) => join(folder, 'questionnaires', `${id}${suffix}.json`);
  const [questionnaire] = resourcesOf(file(''));
  if (questionnaire?.resourceType !== 'Questionnaire' || questionnaire.id !== id) {
    throw FhirError.of('invalid', `${file('')} must hold the Questionnaire with id ${id}.`);
  }
  const scoring = scoringSchema.parse(readJson(file('.scoring')));
  const licence = licenceSchema.parse(readJson(file('.licence')));
  const faults = instrumentFaults({ questionnaire, scoring, licence }).filter(isFault);
  if (faults.length > 0) throw new FhirError(faults);
  return { id, questionnaire, scoring, licence };
}

function refuseUnknownInstruments({ timePoints }: ProgrammeDefinition, instruments: readonly Instrument[]): void {
  const known = new Set(instruments.map(({ id }) => id));
  const unknown = timePoints.flatMap((point) => point.instruments).filter((id) => !known.has(id));
  if (unknown.length > 0)
    throw FhirError.of('invalid', `programme.json asks for unknown questionnaires: ${unknown.join(', ')}.`);
}

const resourceShape = z.looseObject({ resourceType: z.string() });

function resourcesIn(folder: string): FhirResource[] {
  return jsonFiles(folder).flatMap(resourcesOf);
}

/** A file holds a resource, an array of them, or a Bundle. */
function resourcesOf(file: string): FhirResource[] {
  if (!existsSync(file)) return [];
  const content = readJson(file);
  const resources = z
    .array(resourceShape)
    .parse(Array.isArray(content) ? content : [content]) as unknown as FhirResource[];
  return resources.flatMap((resource) => (resource.resourceType === 'Bundle' ? entriesOf(resource) : [resource]));
}

function entriesOf(bundle: Bundle): FhirResource[] {
  return (bundle.entry ?? []).flatMap(({ resource }) => (resource ? [resource as FhirResource] : []));
}

function jsonFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
