import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FhirError, type Issue, isFault, parseJson } from '#fhir';
import { createValidator, readPackages, type Validator } from '#fhir-validation';
import { createTerminology } from '#terminology';
import { ruleOf } from './rules.js';

/** What the validator says of one published file: never what the file holds. */
export interface Verdict {
  file: string;
  type: string;
  verdict: 'accepted' | 'refused' | 'no resource';
  /** How many faults or, where there is none, how many warnings. */
  faults: number;
  warnings: number;
  /** The first fault or, where there is none, the first warning: FHIR's code, the element, the rule. */
  code?: string;
  element?: string;
  rule?: string;
}

/** Folders of published resources beside the project. */
export const publishedFolders = ['ukcore', 'healthcareservice', 'nhs-extra', 'bars', 'sdoh'];

/** Every JSON file of these folders, judged by R4 and by the Booking and Referral Standard's own definitions. */
export async function verdictsOf(data: string): Promise<Verdict[]> {
  const validator = await validatorWith([join(data, 'bars')]);
  return publishedFolders.flatMap((folder) => filesIn(data, folder).map((file) => verdictOn(file, data, validator)));
}

async function validatorWith(paths: readonly string[]): Promise<Validator> {
  const definitions = (await readPackages(paths)).flatMap((each) => each.definitions);
  const codes = definitions.filter((each) => each.resourceType === 'CodeSystem' || each.resourceType === 'ValueSet');
  const structures = definitions.filter((each) => each.resourceType === 'StructureDefinition');
  return createValidator({ definitions: structures, terminology: createTerminology(codes) });
}

function filesIn(data: string, folder: string): string[] {
  const names = readdirSync(join(data, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}

function verdictOn(file: string, data: string, validator: Validator): Verdict {
  const text = readFileSync(join(data, file), 'utf8');
  const type = typeIn(JSON.parse(text) as unknown);
  if (type === undefined) return { file, type: '', verdict: 'no resource', faults: 0, warnings: 0 };
  const issues = issuesOf(text, validator);
  const faults = issues.filter(isFault);
  const warnings = issues.filter(({ severity }) => severity === 'warning');
  const verdict = faults.length > 0 ? 'refused' : 'accepted';
  return {
    file,
    type,
    verdict,
    faults: faults.length,
    warnings: warnings.length,
    ...firstOf([...faults, ...warnings]),
  };
}

function issuesOf(text: string, validator: Validator): readonly Issue[] {
  try {
    return validator.validate(parseJson(text));
  } catch (thrown) {
    if (thrown instanceof FhirError) return thrown.issues;
    throw thrown;
  }
}

function firstOf([first]: readonly Issue[]): Partial<Verdict> {
  if (!first) return {};
  const [element = ''] = first.expression ?? [];
  const rule = ruleOf(first);
  return { code: first.code, element, ...(rule === undefined ? {} : { rule }) };
}

function typeIn(content: unknown): string | undefined {
  const isObject = typeof content === 'object' && content !== null && 'resourceType' in content;
  return isObject && typeof content.resourceType === 'string' ? content.resourceType : undefined;
}
