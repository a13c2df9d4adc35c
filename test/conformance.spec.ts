import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A row of docs/conformance.md: what is asked of a server, what this one does, and the tests that show it. */
interface Row {
  feature: string;
  here: string;
  shown: readonly { file: string; title: string }[];
}

describe('the page of conformance', () => {
  const rows = rowsOf(text('docs/conformance.md'));

  it('has each feature once', () => {
    const features = rows.map(({ feature }) => feature);
    expect(features.length).toBeGreaterThan(70);
    expect(features).toEqual([...new Set(features)]);
  });

  it('says yes only with a test beside it, and of everything else why', () => {
    const unshown = rows.filter(({ here, shown }) =>
      /^yes(?:: .+)?$/.test(here) ? shown.length === 0 : !/^(?:partly|no): .+$/.test(here),
    );
    expect(unshown).toEqual([]);
  });

  it('names tests that there are, by their titles', () => {
    const shown = rows.flatMap((row) => row.shown);
    expect(shown.filter(({ file, title }) => !isTitled(join(root, 'docs', file), title))).toEqual([]);
  });
});

describe('the pages of interactions', () => {
  const folder = 'docs/interactions';
  const pages = readdirSync(join(root, folder)).filter((name) => name !== 'README.md');
  const index = text(`${folder}/README.md`);

  it('are all in their index', () => {
    const linked = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page]) => page);
    expect([...new Set(linked)].sort()).toEqual(pages.sort());
  });
});

describe('the links of the documents', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesBelow('docs', /\.md$/)];

  it.each(documents)('lead somewhere: %s', (document) => {
    const targets = [...text(document).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(
      ([, target]) => target ?? '',
    );
    const absent = targets.filter((target) => !existsSync(resolve(root, dirname(document), target)));
    expect(absent).toEqual([]);
  });
});

function rowsOf(page: string): Row[] {
  const lines = page.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => {
    const [, feature = '', here = '', tests = ''] = line.split('|').map((cell) => cell.trim());
    const links = [...tests.matchAll(/\]\((?<file>[^)]+)\) "(?<title>[^"]+)"/g)];
    return {
      feature,
      here,
      shown: links.map(({ groups }) => ({ file: groups?.['file'] ?? '', title: groups?.['title'] ?? '' })),
    };
  });
}

/** True where a test of this file has the title. */
function isTitled(path: string, title: string): boolean {
  if (!existsSync(path)) return false;
  const escaped = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\(\\s*(['"\`])${escaped}\\1,`).test(readFileSync(path, 'utf8'));
}

function filesBelow(folder: string, name: RegExp): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => name.test(file)).map((file) => join(folder, file));
}
