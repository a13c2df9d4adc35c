/** A code and the system that it is of. */
export interface SystemCode {
  system: string;
  code: string;
}

/**
 * What is known of codes: the value sets and code systems of the specification that we ship, our own, and those that were
 * loaded. `undefined` always means that nobody here can tell, never "no". https://hl7.org/fhir/R4/terminology-module.html
 */
export interface Terminology {
  /** Whether the value set (canonical, with or without `|version`) holds the code; a bare code is of any of its systems. */
  holds(valueSet: string, code: { system?: string; code: string }): boolean | undefined;
  /** Every code of the value set; undefined also where it cannot be listed. */
  codesOf(valueSet: string): readonly SystemCode[] | undefined;
  /** The code itself and what lies below it in its system's hierarchy. */
  below(code: SystemCode): readonly string[] | undefined;
  /** The code itself and what lies above it. */
  above(code: SystemCode): readonly string[] | undefined;
}
