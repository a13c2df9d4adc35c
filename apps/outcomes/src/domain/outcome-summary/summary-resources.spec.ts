import { createHash } from 'node:crypto';
import { createValidator } from '#fhir-validation';
import { summaryInput } from '../../../test/summary-builders.js';
import { outcomeSummary } from './outcome-summary.js';
import { summaryId, summaryResources, superseded } from './summary-resources.js';

const { referral } = summaryInput();
const pdf = Buffer.from('%PDF-1.7');

describe('what is stored of an outcome summary', () => {
  const document = outcomeSummary(summaryInput());
  const made = summaryResources(document, { referral, pdf, number: 1 });

  it('is the document byte for byte, beside its Composition and under the same id', () => {
    const bytes = Buffer.from(made.binary.data ?? '', 'base64');
    expect([JSON.parse(bytes.toString()), made.composition]).toEqual([document, document.entry?.[0]?.resource]);
    expect([made.composition.id, made.binary.id]).toEqual([document.id, document.id]);
    const [content] = made.documentReference.content;
    expect(content?.attachment).toMatchObject({
      url: `Binary/${document.id ?? ''}`,
      contentType: 'application/fhir+json',
      size: bytes.length,
      hash: createHash('sha1').update(bytes).digest('base64'),
    });
  });

  it('is valid R4', () => {
    const { validate } = createValidator();
    const next = summaryResources(document, { referral, pdf, number: 2, previous: made.documentReference });
    const all = [
      made.composition,
      made.binary,
      made.page,
      made.documentReference,
      next.documentReference,
      superseded(made.documentReference),
    ];
    expect(all.flatMap((resource) => validate(resource)).filter(({ severity }) => severity !== 'warning')).toEqual([]);
  });

  it('has one place for the first summary of a referral, whatever it says', () => {
    const other = outcomeSummary(summaryInput({ contacts: [] }));
    const again = summaryResources(other, { referral, pdf, number: 1 });
    const second = summaryResources(other, { referral, pdf, number: 2, previous: made.documentReference });
    expect(other.id).not.toBe(document.id);
    expect([again.documentReference.id, second.documentReference.id]).toEqual([summaryId('s1', 1), summaryId('s1', 2)]);
    expect(made.documentReference.id).toBe(summaryId('s1', 1));
    expect(second.documentReference.relatesTo).toEqual([
      { code: 'replaces', target: { reference: `DocumentReference/${summaryId('s1', 1)}` } },
    ]);
  });
});
