import type { Issue } from '#fhir';

const r4 = 'https://hl7.org/fhir/R4';

/** What the validator says, and the rule of the specification by which it is right to say so. */
const rules: readonly [said: RegExp, rule: string][] = [
  [/Here stands an array/, `an element of at most one value is no array ([JSON](${r4}/json.html))`],
  [/takes an array, also for one value/, `an element that may repeat is always an array ([JSON](${r4}/json.html))`],
  [/Here stands a string; allowed is an object/, `a type with elements is an object ([JSON](${r4}/json.html))`],
  [
    /The element .* is not known here/,
    `R4 has no such element; more goes in extensions ([extensibility](${r4}/extensibility.html))`,
  ],
  [/is required and missing/, `its lower cardinality is 1 ([cardinality](${r4}/conformance-rules.html#cardinality))`],
  [/A reference is Type\/id/, `no form of a literal reference ([references](${r4}/references.html#literal))`],
  [/urn:uuid: is not followed/, `urn:uuid: takes a UUID of 32 hexadecimal digits ([uri](${r4}/datatypes.html#uri))`],
  [
    /which is no resource type/,
    `a relative reference begins with a resource type ([references](${r4}/references.html#literal))`,
  ],
  [/The reference is to/, `the element points to other types only ([Reference](${r4}/references.html#Reference))`],
  [/required value set/, `the binding is required ([terminologies](${r4}/terminologies.html#required))`],
  [/is not valid for the type/, `the primitive type has another form ([datatypes](${r4}/datatypes.html#primitive))`],
  [/ extensible /, `the binding is extensible: a warning ([terminologies](${r4}/terminologies.html#extensible))`],
];

/** The rule in a few words, without what was found; of an invariant its key. */
export function ruleOf({ code, diagnostics }: Issue): string | undefined {
  const found = rules.find(([said]) => said.test(diagnostics))?.[1];
  if (found !== undefined) return found;
  const [key] = /\b[a-z]{2,5}-[0-9a-z]{1,4}\b/.exec(diagnostics) ?? [];
  return code === 'invariant' && key !== undefined ? `the invariant ${key}` : undefined;
}
