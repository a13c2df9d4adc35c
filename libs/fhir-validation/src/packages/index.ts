export { type FhirPackage, readPackages } from './fhir-package.js';
