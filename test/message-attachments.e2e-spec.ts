import { createHash } from 'node:crypto';
import type { Attachment, Bundle, DocumentReference } from 'fhir/r4';
import { pdf, plainPdf } from '../libs/fhir-server/test/hostile-files.js';
import { refusal } from './bars-world.js';
import { messageFor, sendMessage } from './messages.js';
import { startWorld, type World } from './world.js';

const scripted = pdf('<</OpenAction <</S /JavaScript /JS (x)>>>>').toString('base64');
const document = (resource: object) => Buffer.from(JSON.stringify(resource)).toString('base64');

describe('content within a message', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ limits: { attachmentBytes: 10_000 } });
  });

  afterAll(async () => {
    await world.stop();
  });

  const withFile = (attachment: Attachment): Bundle =>
    messageFor(({ add, patientUrl }) => {
      const file: DocumentReference = {
        resourceType: 'DocumentReference',
        status: 'current',
        subject: { reference: patientUrl },
        content: [{ attachment }],
      };
      add(file);
    });

  it.each<[string, Attachment, string]>([
    [
      'a PDF with a script',
      { contentType: 'application/pdf', data: scripted },
      '400 REC_BAD_REQUEST invalid attachment.data',
    ],
    [
      'of another type than it says',
      { contentType: 'image/png', data: plainPdf.toString('base64') },
      '400 REC_BAD_REQUEST invalid attachment.data',
    ],
    [
      'not what its hash says',
      { contentType: 'application/pdf', data: plainPdf.toString('base64'), hash: 'AAAA' },
      '400 REC_BAD_REQUEST invalid attachment.hash',
    ],
    [
      'a page',
      { contentType: 'text/html', data: document({}) },
      '422 REC_UNPROCESSABLE_ENTITY not-supported attachment.contentType',
    ],
    [
      'FHIR, and no document',
      { contentType: 'application/fhir+json', data: document({ resourceType: 'Patient' }) },
      '422 REC_UNPROCESSABLE_ENTITY not-supported attachment.contentType',
    ],
    [
      'larger than the installation allows',
      { contentType: 'text/plain', data: Buffer.alloc(10_001, 'a').toString('base64') },
      '422 REC_UNPROCESSABLE_ENTITY too-costly attachment.data',
    ],
  ])('is refused where it is %s, and nothing of the message is kept', async (_title, attachment, expected) => {
    const message = withFile(attachment);
    const answer = await sendMessage(world, message);
    expect(refusal(answer).replace(/Bundle\S*\.(?=attachment)/, '')).toBe(expected);
    const identifier = `https://ginnel.org.uk/fhir/Id/message|${message.id ?? ''}`;
    const { body } = await world.send<Bundle>('practice', { path: `/fhir/Task?identifier=${identifier}` });
    expect(body.total ?? body.entry?.length ?? 0).toBe(0);
  });

  it.each<[string, Attachment]>([
    [
      'a plain PDF',
      {
        contentType: 'application/pdf',
        data: plainPdf.toString('base64'),
        size: plainPdf.length,
        hash: createHash('sha1').update(plainPdf).digest('base64'),
      },
    ],
    [
      'a FHIR document',
      { contentType: 'application/fhir+json', data: document({ resourceType: 'Bundle', type: 'document' }) },
    ],
  ])('is taken where it is %s', async (_title, attachment) => {
    expect((await sendMessage(world, withFile(attachment))).status).toBe(200);
  });
});
