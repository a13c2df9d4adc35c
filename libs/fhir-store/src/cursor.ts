import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { FhirError } from '#fhir';

/** Where a page ended: the sort values and id of its last row, newest state unaffected by later writes. */
export interface Place {
  values: (string | null)[];
  id: string;
}

const algorithm = 'aes-256-gcm';
/** Said when opening too: a shorter tag would be accepted, and guessed. */
const authTagLength = 16;

/** Places travel through URLs, and sort values may be personal: encrypted and authenticated, bound to query and reader. */
export class Cursors {
  readonly #key: Buffer;

  constructor(secret: string) {
    this.#key = createHash('sha256').update(`ginnel-cursor ${secret}`).digest();
  }

  seal(place: Place, boundTo: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv(algorithm, this.#key, iv, { authTagLength }).setAAD(Buffer.from(boundTo));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(place)), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  open(cursor: string, boundTo: string): Place {
    try {
      const bytes = Buffer.from(cursor, 'base64url');
      // What stands beyond the last whole byte is passed over in silence.
      if (bytes.toString('base64url') !== cursor) throw new Error('This is not as it was sealed.');
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, 12), { authTagLength }).setAAD(
        Buffer.from(boundTo),
      );
      decipher.setAuthTag(bytes.subarray(12, 28));
      const opened = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
      return JSON.parse(opened.toString()) as Place;
    } catch (cause) {
      throw FhirError.of('invalid', 'This page link is not valid (any more) for this query; start the search again.', {
        expression: '_cursor',
        cause,
      });
    }
  }
}
