import { isSystem } from './bars/codes.js';
import {
  currentVerificationCodes,
  retiredVerificationStatusSystem,
  verificationStatusSystem,
} from './identity/nhs-number.js';

const ukCore = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-';

/** Code systems that UK Core has retired, what stands for each today, and which of its codes. */
const retired: readonly { system: string; current: string; codeOf: (code: string) => string | undefined }[] = [
  {
    system: retiredVerificationStatusSystem,
    current: verificationStatusSystem,
    codeOf: (code) => currentVerificationCodes[code],
  },
  {
    system: `${ukCore}EthnicCategory`,
    current: `${ukCore}EthnicCategoryEngland`,
    codeOf: (code) => (/^([A-HJ-NPRSZ]|99)$/.test(code) ? code : undefined),
  },
];

/**
 * A coding of a retired code system as it is written today; any other, and a code that has no successor, as it is. A retired
 * code under the system of today, as the standard's newest examples have it, is meant as the same.
 */
export function currentCoding<C extends { system: string; code: string }>(coding: C): C {
  const row = retired.find((one) => [one.system, one.current].some((system) => isSystem(coding.system, system)));
  const code = row?.codeOf(coding.code);
  return row === undefined || code === undefined ? coding : { ...coding, system: row.current, code };
}
