import { isRealDay } from './calendar.js';
import { kindOf } from './fields.js';
import { type Check } from './inspection.js';
import { narrativeFault } from './narrative.js';

/** The primitive types in JSON. https://hl7.org/fhir/R4/datatypes.html#primitive */
interface Primitive {
  json: 'string' | 'number' | 'boolean';
  allowed: string;
  accepts?: (value: never) => boolean;
}

export function checkPrimitive(type: string, regex: string | undefined): Check {
  if (type === 'xhtml') return checkNarrative;
  const { json, allowed, accepts } = primitives[type] ?? { json: 'string', allowed: `a ${type}` };
  const isAccepted = accepts as ((value: unknown) => boolean) | undefined;
  const matches = json === 'string' ? matcher(type, regex) : undefined;
  const isValid = (value: unknown): boolean => matches?.(value as string) !== false && isAccepted?.(value) !== false;
  return (value, inspection) => {
    if (typeof value !== json) {
      inspection.fault('structure', `Here stands ${kindOf(value)}; allowed is ${allowed}, a JSON ${json}.`);
    } else if (value === '') {
      inspection.fault('value', 'An empty string says nothing: leave the element out.');
    } else if (!isValid(value)) {
      inspection.fault('value', `The value is not valid for the type ${type}: allowed is ${allowed}.`);
    } else if (mayPointInside.has(type) && (value as string).startsWith('#')) {
      inspection.container?.use((value as string).slice(1));
    }
  };
}

const checkNarrative: Check = (value, inspection) => {
  if (typeof value !== 'string') {
    inspection.fault('structure', `Here stands ${kindOf(value)}; allowed is XHTML in a JSON string.`);
    return;
  }
  const fault = narrativeFault(value);
  if (fault !== undefined)
    inspection.fault('invalid', fault.endsWith('(txt-2).') ? fault : fault.replace(/\.$/, ' (txt-1).'));
};

/** Types whose value may be `#id` of a contained resource. */
const mayPointInside = new Set(['canonical', 'uri', 'url']);

const day = 'YYYY, YYYY-MM or YYYY-MM-DD of a day that exists';
const dayAndTime = `${day}, or YYYY-MM-DDThh:mm:ss with Z or an offset such as +01:00`;

const primitives: Record<string, Primitive> = {
  boolean: { json: 'boolean', allowed: 'true or false' },
  integer: {
    json: 'number',
    allowed: 'a whole number of 32 bits',
    accepts: (value: number) => isWhole(value, -(2 ** 31)),
  },
  unsignedInt: { json: 'number', allowed: 'a whole number from 0', accepts: (value: number) => isWhole(value, 0) },
  positiveInt: { json: 'number', allowed: 'a whole number from 1', accepts: (value: number) => isWhole(value, 1) },
  decimal: { json: 'number', allowed: 'a number', accepts: (value: number) => Number.isFinite(value) },
  string: {
    json: 'string',
    allowed: 'a text of up to 1,048,576 characters without control characters',
    accepts: isShort,
  },
  markdown: {
    json: 'string',
    allowed: 'a text of up to 1,048,576 characters without control characters',
    accepts: isShort,
  },
  base64Binary: { json: 'string', allowed: 'base64, in groups of four characters', accepts: isBase64 },
  date: { json: 'string', allowed: day, accepts: isRealDay },
  dateTime: { json: 'string', allowed: dayAndTime, accepts: isRealDay },
  instant: { json: 'string', allowed: 'YYYY-MM-DDThh:mm:ss with Z or an offset such as +01:00', accepts: isRealDay },
  time: { json: 'string', allowed: 'hh:mm:ss' },
  id: { json: 'string', allowed: '1 to 64 letters, digits, "-" and "."' },
  code: { json: 'string', allowed: 'a code without spaces at its ends or two in a row' },
  uri: { json: 'string', allowed: 'a URI without spaces' },
  url: { json: 'string', allowed: 'a URL without spaces' },
  canonical: { json: 'string', allowed: 'a canonical URL without spaces' },
  oid: { json: 'string', allowed: 'urn:oid: and an OID' },
  uuid: { json: 'string', allowed: 'urn:uuid: and a UUID in lower case' },
};

/** Types that are read by hand: their published expressions accept control characters, or take too long on hostile texts. */
const byHand = new Set(['string', 'markdown', 'base64Binary']);

function matcher(type: string, regex: string | undefined): (value: string) => boolean {
  if (regex === undefined || byHand.has(type)) return isText;
  const whole = new RegExp(`^(?:${regex})$`);
  return (value) => whole.test(value) && isText(value);
}

/** No control characters but tab and line ends, and no half of a surrogate pair: neither can be stored. */
function isText(value: string): boolean {
  return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff]/u.test(value);
}

function isShort(value: string): boolean {
  return value.length <= 1_048_576;
}

function isWhole(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value < 2 ** 31;
}

function isBase64(value: string): boolean {
  const compact = value.replace(/\s+/g, '');
  return compact.length > 0 && compact.length % 4 === 0 && /^[0-9A-Za-z+/]*={0,2}$/.test(compact);
}
