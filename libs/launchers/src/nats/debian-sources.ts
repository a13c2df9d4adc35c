import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The addresses from which this machine takes Debian itself, best first; none where it is no Debian. */
export function debianArchives(etcApt = '/etc/apt'): string[] {
  const parts = join(etcApt, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const lists = [
    join(etcApt, 'sources.list'),
    ...names.filter((name) => name.endsWith('.list')).map((name) => join(parts, name)),
  ];
  const stanzas = names.filter((name) => name.endsWith('.sources')).map((name) => join(parts, name));
  const found = [
    ...stanzas.flatMap((path) => archivesOfStanzas(readFileSync(path, 'utf8'))),
    ...lists.filter((path) => existsSync(path)).flatMap((path) => archivesOfList(readFileSync(path, 'utf8'))),
  ];
  return [...new Set(found)];
}

/** deb822: stanzas of `Field: value`. */
export function archivesOfStanzas(content: string): string[] {
  const stanzas = content
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1]?.trim() ?? '';
    const isOn = field('Enabled').toLowerCase() !== 'no' && /\bdeb\b/.test(field('Types'));
    const isMain = /\bmain\b/.test(field('Components')) && isDebians(field('Signed-By'));
    return isOn && isMain ? field('URIs').split(/\s+/).filter(isArchive) : [];
  });
}

/** One `deb [options] address suite components` in a line. */
export function archivesOfList(content: string): string[] {
  return content.split('\n').flatMap((line) => {
    const [, options = '', address = '', components = ''] =
      /^deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+\S+\s+(.*)$/.exec(line.trim()) ?? [];
    const signedBy = /signed-by=(\S+)/i.exec(options)?.[1] ?? '';
    return /\bmain\b/.test(components) && isDebians(signedBy) && isArchive(address) ? [address] : [];
  });
}

// Another's list names its own key.
function isDebians(signedBy: string): boolean {
  return signedBy === '' || signedBy.includes('debian-archive');
}

// An address of the archive itself (not debian-security), or the list of mirrors that cloud images have.
function isArchive(address: string): boolean {
  return /\/debian(\.list)?\/?$/.test(address);
}
