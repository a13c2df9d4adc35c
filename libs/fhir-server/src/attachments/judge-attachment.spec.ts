import { createHash } from 'node:crypto';
import type { DocumentReference } from 'fhir/r4';
import { hostileFiles, jpeg, plainPdf, png, text } from '../../test/hostile-files.js';
import { contentsIn } from './attachments-in.js';
import { attachmentIssues } from './judge-attachment.js';

const atMost = 1024 * 1024;

function content(contentType: string, bytes: Buffer) {
  return { path: 'Binary', contentType, data: bytes.toString('base64') };
}

describe('content that is brought', () => {
  it.each([
    ['application/pdf', plainPdf],
    ['image/png', png],
    ['image/jpeg', jpeg],
    ['text/plain', text],
    ['text/plain; charset=utf-8', Buffer.from('چائے')],
  ])('of the type %s is kept', async (type, bytes) => {
    expect(await attachmentIssues(content(type, bytes), atMost)).toEqual([]);
  });

  it.each(hostileFiles)('is refused where it is %s', async (_title, type, bytes) => {
    expect(await attachmentIssues(content(type, bytes), atMost)).toHaveLength(1);
  });

  it('is refused where it is larger than it may be', async () => {
    const issues = await attachmentIssues(content('text/plain', Buffer.alloc(11, 'a')), 10);
    expect(issues[0]?.diagnostics).toBe('Content has at most 10 bytes.');
  });

  it('is as long, and has the sum, that is told', async () => {
    const hash = createHash('sha1').update(text).digest('base64');
    const told = { ...content('text/plain', text), size: text.length, hash };
    expect(await attachmentIssues(told, atMost)).toEqual([]);
    const wrong = await attachmentIssues({ ...told, size: 1, hash: 'AAAA' }, atMost);
    expect(wrong.map(({ expression }) => expression)).toEqual([['Binary.size'], ['Binary.hash']]);
  });

  it('is found wherever it stands, and once', () => {
    const attachment = { contentType: 'text/plain', data: 'QQ==' };
    const other = { contentType: 'text/plain', data: 'Qg==' };
    const before: DocumentReference = {
      resourceType: 'DocumentReference',
      status: 'current',
      content: [{ attachment }],
    };
    const after = { ...before, content: [{ attachment: other }, { attachment }] };
    expect(contentsIn(after, before)).toEqual([{ path: 'DocumentReference.content[0].attachment', ...other }]);
  });
});
