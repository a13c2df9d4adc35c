import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4';
import { projectRoot } from '#programmes';
import { instrument, mskHqItems } from '../../test/instruments.js';
import { observationsOf } from './observations-of.js';
import { scoreResponse } from './score-response.js';
import { validateResponse } from './validate-response.js';

const folder = join(projectRoot(), '..', 'shared', 'data');

if (!existsSync(folder)) {
  it('finds no published responses beside this copy of the project', () => {
    expect(existsSync(folder)).toBe(false);
  });
} else {
  const files = ['bars', 'ukcore', 'nhs-extra'].flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => file.endsWith('.json'))
      .map(
        (file) => [`${name}/${file}`, JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as unknown] as const,
      ),
  );
  const responses = files.flatMap(([file, content]) =>
    resourcesIn(content, 'QuestionnaireResponse').map((resource) => [file, resource] as const),
  );
  const questionnaires = files.flatMap(([file, content]) =>
    resourcesIn(content, 'Questionnaire').map((resource) => [file, resource] as const),
  );

  describe('responses that the NHS published', () => {
    const { questionnaire, scoring } = instrument('msk-hq');

    it('are there', () => {
      expect([responses.length > 10, questionnaires.length > 15]).toEqual([true, true]);
    });

    it.each(responses)('%s is no MSK-HQ: refused, without a total, without a number', (_, resource) => {
      const response = resource as unknown as QuestionnaireResponse;
      const issues = validateResponse(response, questionnaire);
      expect(issues.some(({ severity }) => severity === 'error')).toBe(true);
      const scores = scoreResponse(response, questionnaire, scoring);
      expect(scores).toMatchObject([
        { value: undefined, answered: 0, unreadable: mskHqItems, reason: 'other-questionnaire' },
      ]);
      const made = observationsOf({ ...response, id: 'r1' }, scores, { questionnaire, scoring });
      expect(made.filter((observation) => Object.keys(observation).some((name) => name.startsWith('value')))).toEqual(
        [],
      );
    });

    it('fit the questionnaire without a version that they name without one', () => {
      const named = (resource: object) => JSON.stringify(resource).includes('Questionnaire/T2DRiskForm"');
      const [response] = responses.flatMap(([, resource]) => (named(resource) ? [resource] : []));
      const [form] = questionnaires.flatMap(([, resource]) => (named(resource) ? [resource] : []));
      const issues = validateResponse(response as QuestionnaireResponse, form as Questionnaire);
      // Its ethnic categories stand in a value set elsewhere.
      expect(issues.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning not-supported']);
    });

    it('can be judged by every questionnaire that the NHS published', () => {
      for (const [, form] of questionnaires) {
        for (const [, response] of responses) {
          expect(
            Array.isArray(
              validateResponse(response as unknown as QuestionnaireResponse, form as unknown as Questionnaire),
            ),
          ).toBe(true);
        }
      }
    });
  });

  it('judges any published resource sent in place of a response', () => {
    const { questionnaire, scoring } = instrument('msk-hq');
    for (const [, content] of files) {
      if (typeof content !== 'object' || content === null) continue;
      const response = content as QuestionnaireResponse;
      expect(validateResponse(response, questionnaire).length).toBeGreaterThan(0);
      expect(scoreResponse(response, questionnaire, scoring).map(({ value }) => value)).toEqual([undefined]);
    }
  });
}

/** Resources of a type at any depth: alone, contained or in a Bundle. */
function resourcesIn(value: unknown, type: string): object[] {
  if (typeof value !== 'object' || value === null) return [];
  const within = Object.values(value).flatMap((each) => resourcesIn(each, type));
  return 'resourceType' in value && value.resourceType === type ? [value, ...within] : within;
}
