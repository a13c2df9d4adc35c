import type { Basic, Extension } from 'fhir/r4';
import { type Topic, topicUrl } from './topics.js';

const element = (name: string): string =>
  `http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic.${name}`;
const version = '1.0.0';

/** A topic as R4 can hold it. https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#subscription-topics-in-fhir-r4 */
export function topicResource(topic: Topic): Basic {
  const { code, title, description, type, events, filters } = topic;
  const resource: Extension = { url: 'resource', valueUri: `http://hl7.org/fhir/StructureDefinition/${type}` };
  return {
    resourceType: 'Basic',
    id: code,
    extension: [
      { url: element('url'), valueUri: topicUrl(topic) },
      { url: element('version'), valueString: version },
      { url: element('title'), valueString: title },
      { url: element('description'), valueMarkdown: description },
      {
        url: element('eventTrigger'),
        extension: [
          { url: 'description', valueMarkdown: description },
          { url: 'event', valueCodeableConcept: { text: eventsText(events) } },
          resource,
        ],
      },
      ...filters.map((filter) => ({
        url: element('canFilterBy'),
        extension: [resource, { url: 'filterParameter', valueString: filter }],
      })),
      { url: element('notificationShape'), extension: [resource] },
    ],
    modifierExtension: [{ url: element('status'), valueCode: 'active' }],
    code: { coding: [{ system: 'http://hl7.org/fhir/fhir-types', code: 'SubscriptionTopic' }] },
  };
}

function eventsText(events: Topic['events']): string {
  return 'beginning' in events ? `${events.beginning}* but ${events.butNot.join(', ')}` : events.join(', ');
}
