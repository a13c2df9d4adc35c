import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isFault } from '#fhir';
import { isFields } from './fields.js';
import { createValidator } from './validator.js';

const folder = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const { validate } = createValidator();

/** What others published and R4 refuses, each looked at by hand: where its first fault is, and of what kind. */
const refused: Record<string, Record<string, string>> = {
  bars: {
    'api_Endpoint_post_Endpoint_Atomic.json': 'structure Endpoint.identifier[0].display',
    'api_Endpoint_post_Endpoint_template.json': 'structure Endpoint.connectionType.coding',
    'api_Endpoint_success_Endpoint_Atomic.json': 'structure Endpoint.identifier[0].display',
    'api_Endpoint_success_Endpoint_template.json': 'structure Endpoint.connectionType.coding',
    'api_Endpoint_success_bundle.json': 'structure Bundle.entry[0].resource.identifier[0].display',
    'api_Endpoint_success_bundle_template.json': 'structure Bundle.entry[0].resource.connectionType.coding',
    'api_HealthcareService_post_HealthcareService_Atomic.json': 'structure HealthcareService.providedBy',
    'api_HealthcareService_success_HealthcareService_Atomic.json': 'structure HealthcareService.providedBy',
    'api_HealthcareService_success_bundle.json': 'structure Bundle.entry[0].resource.providedBy',
    'api_OperationOutcome_REC_500-REC_SERVER_ERROR-too_costly.json': 'code-invalid OperationOutcome.issue[0].code',
    'api_appointment_PATCH-body.json': 'required Appointment.participant',
    'api_document_reference_POST-body.json': 'required DocumentReference.status',
    'api_document_reference_POST-success.json': 'required DocumentReference.status',
    'api_document_reference_id_GET-success.json': 'value DocumentReference.id',
    'api_document_reference_id_PUT-body.json': 'value DocumentReference.id',
    'api_invalid-base64.json': 'code-invalid OperationOutcome.issue[0].code',
    'api_message_definition_MessageDefinition_ServiceRequest-request_CaseTransfer.json':
      'structure Bundle.entry[0].resource.useContext[0].code',
    'api_metadata_BaRS_API_Capability_Statement.json': 'structure CapabilityStatement.rest[0].security',
    'api_process_message_POST-success.json': 'value Bundle.entry[0].resource.destination[0].receiver.reference',
    'api_process_message_response_ValidationRequest_HTTP_Response.json':
      'value Bundle.entry[1].resource.performer[0].reference',
    'api_service_request_GET-success.json': 'structure Bundle.entry[0].resourceType',
    'api_service_request_PATCH-body.json': 'code-invalid ServiceRequest.status',
    'api_service_request_PUT-body.json': 'structure ServiceRequest.basedOn',
    'api_service_request_id_GET-success.json': 'structure ServiceRequest.basedOn',
    'api_unavailable.json': 'code-invalid OperationOutcome.issue[0].code',
    'ig_BOOKREQRESP01_-_Booking_Slot_Searchset_Response.json':
      'value Bundle.entry[0].resource.serviceCategory[0].coding[0].system',
    'ig_QuestionnaireResponse_for_NOC.json': 'value QuestionnaireResponse.encounter.reference',
    'ig_QuestionnaireResponse_for_PTS.json': 'value QuestionnaireResponse.encounter.reference',
  },
  ukcore: {
    'UKCore-Provenance-RARecordConsent-Example.json': 'value Provenance.agent[0].onBehalfOf.reference',
  },
  sdoh: {},
  healthcareservice: {
    'hl7-human-services-directory/Location-FoodBankLocation.json': 'structure Location.address',
    'hl7-human-services-directory/Location-MealsOnWheelsLocation.json': 'structure Location.address',
    'hl7-human-services-directory/Location-SF9114AllLocation.json': 'structure Location.address',
    'hl7-human-services-directory/Location-WhistlestopwheelsLocation.json': 'structure Location.address',
    'mcsd/OrganizationAffiliation-MCSDFacilityOrganizationAffiliation-Example.json':
      'structure OrganizationAffiliation.code[0]',
    'mcsd/PractitionerRole-MCSDPractitionerRole-Example.json': 'structure PractitionerRole.code[0]',
    'ndh/Location-HospLoc1.json': 'structure Location.address',
    'ndh/Location-HospLoc2.json': 'structure Location.address',
    'ndh/Location-Location-Social-Hope-CBO.json': 'structure Location.address',
    'ndh/Location-Location-Social-Towson-Food.json': 'structure Location.address',
    'ndh/Location-PharmLoc1.json': 'structure Location.type[0]',
    'ndh/Location-PharmLoc2.json': 'structure Location.type[0]',
    'ndh/Location-PharmLoc3.json': 'structure Location.type[0]',
    'ndh/Location-PharmLoc4.json': 'structure Location.type[0]',
    'ndh/Location-StateOfCTLocation.json': 'structure Location.address',
    'ndh/Organization-Organization-Social-Hope-CBO.json': 'structure Organization.contact[0].address',
    'ndh/Organization-Organization-Social-Towson-Food.json': 'structure Organization.contact[0].address',
    'nhs-dos-search/HealthcareService-200.json': 'structure Bundle.entry[0].resource.eligibility[0].code',
  },
  'nhs-extra': {
    'Bundle__MessageEventNotificationExample.json': 'structure Bundle.entry[0].resource.sender.identifier',
    'Bundle__SubscriptionStatusExample-MNS_message-channel.json':
      'structure Bundle.entry[0].resource.sender.identifier',
    'Encounter__Encounter-InpatientRichardSmith.json': 'structure Encounter.participant[0].individual.identifier',
    'QuestionnaireResponse__QuestionnaireResponse-PrescribingNomination-Organisation.json':
      'value QuestionnaireResponse.source.type',
    'QuestionnaireResponse__QuestionnaireResponse-patient-registration-completed.json':
      'structure QuestionnaireResponse.subject.identifier',
    'QuestionnaireResponse__QuestionnaireResponse-patient-simple-blood-pressure.json':
      'structure QuestionnaireResponse.subject.identifier',
    'Questionnaire__Questionnaire-Weight.json': 'structure Questionnaire.item[0].answerOption[0].value',
  },
};

function resourcesIn(set: string): [name: string, resource: unknown][] {
  const files = readdirSync(folder + set, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort();
  const parsed = files.map((name): [string, unknown] => [
    name,
    JSON.parse(readFileSync(`${folder}${set}/${name}`, 'utf8')),
  ]);
  return parsed.filter(([, value]) => isFields(value) && typeof value.resourceType === 'string');
}

function firstFaults(set: string): Record<string, string> {
  return Object.fromEntries(
    resourcesIn(set).flatMap(([name, resource]) => {
      const fault = validate(resource).find(isFault);
      return fault ? [[name, `${fault.code} ${fault.expression?.[0] ?? ''}`]] : [];
    }),
  );
}

if (existsSync(folder)) {
  describe('resources that others published', () => {
    it.each([
      ['bars', 177],
      ['ukcore', 80],
      ['sdoh', 54],
      ['healthcareservice', 119],
      ['nhs-extra', 71],
    ])('reads all of %s', (set, count) => {
      expect(resourcesIn(set)).toHaveLength(count);
    });
    it.each(Object.entries(refused))('refuses of %s only what R4 does not allow', (set, faults) => {
      expect(firstFaults(set)).toEqual(faults);
    });
  });
} else {
  it('does not hold published resources against R4: the folder ../shared/data is absent', () => {
    expect(existsSync(folder)).toBe(false);
  });
}
