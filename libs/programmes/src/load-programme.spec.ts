import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4';
import { createValidator } from '#fhir-validation';
import { instrumentsAt, loadProgramme, programmeNames } from './load-programme.js';
import { projectRoot } from './project-root.js';
import { itemsOf, weightOf } from './questionnaire-items.js';

const programme = loadProgramme('msk-connect');

describe('MSK Connect', () => {
  it('is found from the folder of the library, which has a namesake', () => {
    expect(projectRoot()).toBe(join(import.meta.dirname, '..', '..', '..'));
    expect(programmeNames()).toContain('msk-connect');
  });

  it('asks the same instruments before and after, and the diary each week', () => {
    const ids = (timePoint: string) => instrumentsAt(programme, timePoint).map(({ id }) => id);
    expect([ids('baseline'), ids('weekly'), ids('after')]).toEqual([
      ['msk-hq', 'loneliness'],
      ['pain-diary'],
      ['msk-hq', 'loneliness'],
    ]);
    const asked = programme.planDefinition?.action?.map(({ prefix, definitionCanonical }) => [
      prefix,
      definitionCanonical,
    ]);
    const planned = programme.definition.timePoints.flatMap(({ code, instruments }) =>
      instruments.map((id) => [code, `https://ginnel.org.uk/fhir/Questionnaire/${id}|1.0.0`]),
    );
    expect(asked).toEqual(planned);
  });

  it('is valid R4 in all its resources', () => {
    const { validate } = createValidator();
    const { questionnaires, codeSystems, planDefinition, measures, resources } = programme;
    const all = [
      ...questionnaires,
      ...codeSystems,
      ...(planDefinition ? [planDefinition] : []),
      ...measures,
      ...resources,
    ];
    expect(all.flatMap((resource) => validate(resource).map((issue) => [resource.id, issue]))).toEqual([]);
    expect(new Set(all.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`)).size).toBe(all.length);
  });

  it('ships the MSK-HQ without its wording', () => {
    const [mskHq] = programme.instruments.filter(({ id }) => id === 'msk-hq');
    expect(mskHq?.licence).toMatchObject({ status: 'licence-required', wordingIncluded: false });
    const wording = itemsOf(mskHq?.questionnaire ?? { resourceType: 'Questionnaire', status: 'draft' }).flatMap(
      (item) => [item.text, ...(item.answerOption ?? []).map(({ valueCoding }) => valueCoding?.display)],
    );
    expect(wording).toHaveLength(15 + 14 * 5);
    expect(wording.filter((text) => text?.includes('licensed, not included') !== true)).toEqual([]);
  });

  it('gives each scored item of the MSK-HQ the weights 0 to 4', () => {
    const [questionnaire] = programme.questionnaires.filter(({ id }) => id === 'msk-hq');
    const weights = (questionnaire?.item ?? []).map((item) => (item.answerOption ?? []).map(weightOf).sort());
    expect(weights).toEqual([...Array.from({ length: 14 }, () => [0, 1, 2, 3, 4]), []]);
  });

  it('defines every code that its questionnaires use', () => {
    const defined = new Set(
      programme.codeSystems.flatMap(({ url, concept }) => (concept ?? []).map(({ code }) => `${url ?? ''}|${code}`)),
    );
    const used = programme.questionnaires
      .flatMap(itemsOf)
      .flatMap((item) => [
        ...(item.code ?? []),
        ...(item.answerOption ?? []).flatMap(({ valueCoding }) => (valueCoding ? [valueCoding] : [])),
      ]);
    const ours = used.filter(({ system }) => system?.startsWith('https://ginnel.org.uk/') === true);
    expect(ours.length).toBeGreaterThan(100);
    expect(ours.filter(({ system, code }) => !defined.has(`${system ?? ''}|${code ?? ''}`))).toEqual([]);
  });
});

describe('a programme folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'programme-'));
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  it('yields every resource of its directory files: single, in an array, in a Bundle', () => {
    const resource = (id: string): FhirResource => ({ resourceType: 'Organization', id });
    write('walks/programme.json', { id: 'walks', title: 'Walks', status: 'draft', timePoints: [] });
    write('walks/directory/a.json', resource('one'));
    write('walks/directory/b.json', [resource('two'), resource('three')]);
    write('walks/directory/c.json', {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: resource('four') }],
    });
    const { definition, ...rest } = loadProgramme('walks', root);
    expect(definition.id).toBe('walks');
    expect(rest).toEqual({
      instruments: [],
      measures: [],
      questionnaires: [],
      scorings: [],
      codeSystems: [],
      planDefinition: undefined,
      resources: ['one', 'two', 'three', 'four'].map(resource),
    });
  });

  it('is refused where a time point asks for a questionnaire that it does not have', () => {
    const timePoints = [{ code: 'after', title: 'After', when: 'referral-started', instruments: ['absent'] }];
    write('gap/programme.json', { id: 'gap', title: 'Gap', status: 'draft', timePoints });
    expect(() => loadProgramme('gap', root)).toThrow('unknown questionnaires: absent');
  });

  it('cannot be named by a path', () => {
    expect(() => loadProgramme('../walks', root)).toThrow('named by lower-case letters');
  });

  function write(file: string, content: unknown): void {
    const path = join(root, 'programmes', file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, JSON.stringify(content));
  }
});
