import { standardSpelling } from './bars-spelling.js';

describe('a search as the Booking and Referral Standard writes it', () => {
  it.each([
    [
      'ServiceRequest',
      'patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018',
      'patient.identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018',
    ],
    [
      'ServiceRequest',
      'patient:identifier=http://fhir.nhs.uk/id/nhs-number|9990000018',
      'patient.identifier=http://fhir.nhs.uk/id/nhs-number|9990000018,https://fhir.nhs.uk/Id/nhs-number|9990000018',
    ],
    ['Appointment', 'patient:identifier=9990000018', 'patient.identifier=9990000018'],
    [
      'ServiceRequest',
      'patient:name=Example&patient:birthdate=1958-04-01&patient:address-postalcode=ZZ99 3WZ',
      'patient.name=Example&patient.birthdate=1958-04-01&patient.address-postalcode=ZZ99 3WZ',
    ],
    ['ServiceRequest', 'ServiceRequest.identifier=GIN-1&status=active', 'identifier=GIN-1&status=active'],
    ['ServiceRequest', 'patient=Patient/1&subject:identifier=a|b', 'patient=Patient/1&subject:identifier=a|b'],
    ['Task', 'patient:identifier=a|b', 'patient:identifier=a|b'],
    [
      'Slot',
      'Schedule.actor:HealthcareService=2000099911&status=free,busy&start=ge2026-12-01&start=le2026-12-08',
      'schedule.actor:HealthcareService.identifier=https://fhir.nhs.uk/Id/dos-service-id|2000099911&status=free,busy&start=ge2026-12-01&start=le2026-12-08',
    ],
    ['Slot', 'Schedule.actor:healthcareService=staying-steady', 'schedule.actor=HealthcareService/staying-steady'],
    [
      'Slot',
      'schedule.actor:HealthcareService=http://fhir.nhs.uk/id/dos-service-id|1',
      'schedule.actor:HealthcareService.identifier=http://fhir.nhs.uk/id/dos-service-id|1,https://fhir.nhs.uk/Id/dos-service-id|1',
    ],
    [
      'Slot',
      '_include=Slot:schedule&_include=Schedule:actor:HealthcareService&_include:recurse=HealthcareService.providedBy',
      '_include=Slot:schedule&_include:iterate=Schedule:actor:HealthcareService&_include:iterate=HealthcareService:organization',
    ],
  ])('of %s, %s, is FHIR: %s', (type, written, read) => {
    expect([...standardSpelling(type, new URLSearchParams(written))]).toEqual([...new URLSearchParams(read)]);
  });
});
