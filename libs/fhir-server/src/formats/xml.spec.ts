import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FhirError, isFault, parseJson, stringifyJson, withLiteralsOf } from '#fhir';
import { createValidator } from '#fhir-validation';
import { propertiesOf } from './elements.js';
import { parseXml } from './xml-reader.js';
import { toXml } from './xml-writer.js';

const data = new URL('../../../../../shared/data/', import.meta.url).pathname;

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Order of members and white space of a narrative's markup apart. */
function sorted(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith('<div')) return plainNarrative(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return withLiteralsOf(value, value.map(sorted));
  const members = Object.keys(value)
    .sort()
    .map((name) => [name, sorted((value as Record<string, unknown>)[name])] as const);
  return withLiteralsOf(value, Object.fromEntries(members));
}

function plainNarrative(xhtml: string): string {
  return toNarrative(toXml({ resourceType: 'Basic', text: { status: 'generated', div: xhtml }, code: { text: 'x' } }));
}

function toNarrative(xml: string): string {
  return (parseXml(xml) as { text: { div: string } }).text.div;
}

function isResource(value: unknown): value is { resourceType: string; id?: string } {
  return typeof value === 'object' && value !== null && 'resourceType' in value;
}

function refusal(xml: string): string[] {
  try {
    parseXml(xml);
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault;
    return fault.issues.map(({ diagnostics, expression = [] }) => [...expression, diagnostics].join(': '));
  }
  throw new Error('It was taken.');
}

const patient = (inside: string, attributes = 'xmlns="http://hl7.org/fhir"'): string =>
  `<Patient ${attributes}>${inside}</Patient>`;

describe('XML', () => {
  it('is written in the order of the definition, with ids, urls, extensions and resources in their places', () => {
    const resource = parseJson(`{
      "resourceType": "Observation", "id": "o1",
      "valueQuantity": {"value": 1.10, "unit": "kg & <more> \\"x\\"\\n"},
      "extension": [{"url": "http://example.org/x", "id": "e1", "valueDecimal": 1e3}],
      "code": {"coding": [{"display": "Weight", "code": "27113001"}]},
      "contained": [{"resourceType": "Patient", "id": "p", "birthDate": "1970", "_birthDate": {"id": "b", "extension": [{"url": "u", "valueBoolean": true}]}}],
      "status": "final",
      "text": {"status": "generated", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">a&nbsp;b &amp; c</div>"}
    }`) as object;
    expect(toXml(resource)).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>\n<Observation xmlns="http://hl7.org/fhir"><id value="o1"/>',
        '<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">a\u00a0b &amp; c</div></text>',
        '<contained><Patient><id value="p"/><birthDate id="b" value="1970">',
        '<extension url="u"><valueBoolean value="true"/></extension></birthDate></Patient></contained>',
        '<extension id="e1" url="http://example.org/x"><valueDecimal value="1e3"/></extension><status value="final"/>',
        '<code><coding><code value="27113001"/><display value="Weight"/></coding></code>',
        '<valueQuantity><value value="1.10"/><unit value="kg &amp; &lt;more&gt; &quot;x&quot;&#10;"/></valueQuantity></Observation>',
      ].join(''),
    );
  });

  it('keeps the place of a value that has only extensions, and the digits of a decimal', () => {
    const text =
      '{"resourceType":"Patient","name":[{"given":["Ada",null,"Mary"],"_given":[null,{"extension":[{"url":"u","valueDecimal":2.50}]},null]}],"multipleBirthInteger":2}';
    expect(stringifyJson(parseXml(toXml(parseJson(text) as object)))).toBe(text);
  });

  it('is read whatever prefixes it uses, with comments, CDATA, a schema hint and a byte order mark', () => {
    const xml = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<!-- a > < comment --><f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir patient.xsd">
      <f:text><f:status value="generated"/><h:div><h:p class="a">x<![CDATA[<y>]]></h:p><h:br/></h:div></f:text>
      <f:active value="true"/></f:Patient>\n`;
    expect(parseXml(xml)).toEqual({
      resourceType: 'Patient',
      text: {
        status: 'generated',
        div: '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">x&lt;y&gt;</p><br/></div>',
      },
      active: true,
    });
  });

  it.each([
    [patient('<nickname value="x"/>'), ['Patient.nickname: There is no element nickname here.']],
    [patient('<name><first value="x"/></name>'), ['Patient.name[0].first: There is no element first here.']],
    [patient('<active value="true" note="x"/>'), ['Patient.active: There is no attribute note here.']],
    [
      patient('<gender value="male"/><gender value="male"/>'),
      ['Patient.gender: This element stands twice; it is taken once.'],
    ],
    [patient('<active/>'), ['Patient.active: Here is neither a value nor an extension (ele-1).']],
    [
      patient('<active value=""/>'),
      [
        'Patient.active: The attribute value is empty: leave it out.',
        'Patient.active: Here is neither a value nor an extension (ele-1).',
      ],
    ],
    [patient('Ada'), ['Patient: Here stands text between elements; values stand in the attribute value.']],
    [patient('<contained/>'), ['Patient.contained[0]: Here must stand one resource.']],
    [
      patient('<contained><Coding/></contained>'),
      ['Patient.contained[0]: Here must stand a resource of a type that FHIR R4 has.'],
    ],
    [patient('', ''), ['A resource in XML is in the namespace http://hl7.org/fhir.']],
    [patient('<x:active xmlns:x="urn:x" value="true"/>'), ['Patient.active: There is no element active here.']],
    ['<Human xmlns="http://hl7.org/fhir"/>', ['Here must stand a resource of a type that FHIR R4 has.']],
    ['<Coding xmlns="http://hl7.org/fhir"/>', ['Here must stand a resource of a type that FHIR R4 has.']],
    ['<constructor xmlns="http://hl7.org/fhir"/>', ['Here must stand a resource of a type that FHIR R4 has.']],
    [
      patient('<text><status value="generated"/><div>x</div></text>'),
      ['Patient.text.div: A narrative is one div in the namespace http://www.w3.org/1999/xhtml.'],
    ],
    ['<!DOCTYPE Patient>' + patient(''), ['The XML has a document type, which is not taken, at line 1.']],
    [
      '<!DOCTYPE x [<!ENTITY a "b">]>' + patient('<id value="&a;"/>'),
      ['The XML has a document type, which is not taken, at line 1.'],
    ],
    [patient('<id value="&a;"/>'), ['The XML is not well-formed, at line 1.']],
    [patient('<id value="&nbsp;"/>'), ['The XML is not well-formed, at line 1.']],
    [patient('\n<?php x ?>'), ['The XML has a processing instruction, which is not taken, at line 2.']],
    [
      '<?xml-stylesheet href="x"?>' + patient(''),
      ['The XML has a processing instruction, which is not taken, at line 1.'],
    ],
    [patient('<id value="&#0;"/>'), ['The XML holds a character that no text may hold, at line 1.']],
    [patient('<id value="&#xD800;"/>'), ['The XML holds a character that no text may hold, at line 1.']],
    [patient('<id value="\u0001"/>'), ['The XML holds a character that no text may hold, at line 1.']],
    [patient('<id value="1" value="2"/>'), ['The XML is not well-formed, at line 1.']],
    [patient('<id value=1/>'), ['The XML is not well-formed, at line 1.']],
    ['<Patient xmlns="http://hl7.org/fhir">\n<id value="1">', ['The XML is not well-formed, at line 2.']],
    ['<Patient', ['The XML is not well-formed, at line 1.']],
    ['Patient', ['The XML is not well-formed.']],
    [
      patient('<extension url="u">'.repeat(64) + '</extension>'.repeat(64)),
      ['The XML is nested deeper than 64 levels, at line 1.'],
    ],
    ['<a>'.repeat(1_000), ['The XML is nested deeper than 64 levels, at line 1.']],
  ])('that is none is refused by its place (%#)', (xml, said) => {
    expect(refusal(xml)).toEqual(said);
  });

  it('leaves a value that is none of its type to the validator', () => {
    const xml = patient('<active value="yes"/><multipleBirthInteger value="1.5"/>');
    expect(parseXml(xml)).toEqual({ resourceType: 'Patient', active: 'yes', multipleBirthInteger: '1.5' });
  });

  it('knows every type that an element may have', () => {
    const met = new Set<string>();
    const unknown = new Set<string>();
    const visit = (type: string): void => {
      if (met.has(type) || type === 'Resource' || /^[a-z]/.test(type)) return;
      met.add(type);
      const properties = propertiesOf(type);
      if (!properties) unknown.add(type);
      for (const property of properties?.values() ?? []) visit(property.type);
    };
    for (const type of ['Bundle', 'Parameters', 'StructureDefinition', 'Questionnaire', 'Measure', 'ServiceRequest'])
      visit(type);
    expect([...unknown]).toEqual([]);
  });

  const there = existsSync(data);
  const title = there
    ? 'gives every valid published example back, in every digit'
    : 'gives valid published examples back (there is no ../shared/data here)';

  it(title, () => {
    const files = there ? filesIn(data, '.json') : [];
    const different: string[] = [];
    let compared = 0;
    const validator = createValidator();
    for (const file of files) {
      const resource: unknown = parsedOrNothing(readFileSync(file, 'utf8'));
      if (!isResource(resource) || validator.validate(resource).some(isFault)) continue;
      compared++;
      const again = tryRound(resource);
      if (stringifyJson(sorted(again)) !== stringifyJson(sorted(resource))) different.push(file.slice(data.length));
    }
    expect(different).toEqual([]);
    expect(compared > 300).toBe(there);
  });
});

function tryRound(resource: object): unknown {
  try {
    return parseXml(toXml(resource));
  } catch (fault) {
    return String(fault);
  }
}

function parsedOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
