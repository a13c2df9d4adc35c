import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#programmes';

interface Hazard {
  id: string;
  causes: string[];
  effect: string;
  controls: { control: string; tests: { file: string; title: string }[] }[];
  initial: Rating;
  residual: Rating;
}

interface Rating {
  severity: string;
  likelihood: string;
}

const { hazards } = JSON.parse(text('docs/safety/hazards.json')) as { hazards: Hazard[] };
const likelihoods = ['very low', 'low', 'medium', 'high', 'very high'];

describe('the hazard log', () => {
  it('has each hazard once, with cause, effect and a control', () => {
    expect(new Set(hazards.map(({ id }) => id)).size).toBe(hazards.length);
    const bare = hazards.filter(
      ({ causes, effect, controls }) => causes.length === 0 || effect === '' || controls.length === 0,
    );
    expect([hazards.length >= 40, bare]).toEqual([true, []]);
  });

  it('shows each control by tests that there are, by their names', () => {
    const controls = hazards.flatMap((hazard) => hazard.controls);
    expect(controls.filter(({ tests }) => tests.length === 0)).toEqual([]);
    const named = controls.flatMap(({ tests }) => tests);
    expect(named.filter(({ file, title }) => !isTitled(file, title))).toEqual([]);
  });

  it('leaves no risk greater than it was, and the harm as it would be', () => {
    const raised = hazards.filter(
      ({ initial, residual }) =>
        residual.severity !== initial.severity ||
        likelihoods.indexOf(residual.likelihood) > likelihoods.indexOf(initial.likelihood),
    );
    expect(raised).toEqual([]);
  });
});

/** The whole title, between quotes. */
function isTitled(file: string, title: string): boolean {
  if (!existsSync(join(projectRoot(), file))) return false;
  const source = text(file).replaceAll(/\\(['"])/g, '$1');
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
}

function text(file: string): string {
  return readFileSync(join(projectRoot(), file), 'utf8');
}
