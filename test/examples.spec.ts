import { readFileSync } from 'node:fs';

describe('the guides', () => {
  const read = (file: string) => readFileSync(new URL(`../docs/${file}`, import.meta.url), 'utf8');

  it.each(['gp-system', 'provider'])('%s holds its example as it is run', (name) => {
    const [, shown] = read(`guides/${name}.md`).split(`<!-- example: docs/examples/${name}.mjs -->`);
    expect(shown).toContain(`\`\`\`js\n${read(`examples/${name}.mjs`)}\`\`\``);
  });
});
