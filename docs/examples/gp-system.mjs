// A GP system: sends a referral, follows it, and takes the outcome. While npm start runs: node docs/examples/gp-system.mjs
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { backendToken, Changes, GinnelClient, messageIds, referralMessage, resourcesIn } from '#client'; // elsewhere: '@ginnel/client'

const { GINNEL_URL: url = 'http://127.0.0.1:8080', GINNEL_DATA: folder = '.ginnel' } = process.env;
const ginnel = new GinnelClient({
  baseUrl: `${url}/fhir`,
  token: backendToken({
    tokenUrl: `${url}/auth/token`,
    clientId: 'practice',
    key: JSON.parse(readFileSync(`${folder}/client-keys/practice.json`, 'utf8')),
    scope: 'system/*.cruds https://ginnel.org.uk/fhir/scope/process-message',
  }),
});

const dos = 'https://fhir.nhs.uk/Id/dos-service-id';
const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';
const message = referralMessage({
  patient: {
    resourceType: 'Patient',
    name: [{ family: 'Invented', given: ['Ada'] }],
    gender: 'female',
    birthDate: '1958-03-14',
    telecom: [{ system: 'phone', value: '01632 960123', rank: 1 }],
  },
  service: { system: dos, value: '2000099905' },
  receiver: { name: 'Keighley Healthy Living', identifier: { system: ods, value: 'X99K1' } },
  sender: {
    name: 'Worth Valley Practice',
    identifier: { system: ods, value: 'X99G1' },
    returnAddress: { system: dos, value: '2000099921' },
    software: 'Example GP system',
    practitioner: { family: 'Example', given: ['Robin'], prefix: ['Dr'] },
  },
  reason: { text: 'Long-term pain' },
  summary: 'Wants to walk to the shops again.',
  agreed: true,
});

// Keep the message and its ids first: after a crash the same call, with the same two, sends it on and never twice.
const { answer } = await ginnel.sendMessage(message, messageIds());
const [request] = resourcesIn(answer, 'ServiceRequest');
const planned = resourcesIn(answer, 'Encounter').find(({ status }) => status === 'planned');
console.log(`Sent: ${planned.identifier[0].value} is the reference to say on the telephone.`);

// Keep `tasks.state` as well, and nothing is missed while this system is away.
const tasks = new Changes(ginnel, { type: 'Task', parameters: { focus: `ServiceRequest/${request.id}` } });
for (let hasEnded = false; !hasEnded; await pause(500)) {
  for await (const { partOf, status, businessStatus } of tasks.look()) {
    console.log(`${partOf ? 'The provider' : 'The referral'}: ${businessStatus?.coding?.[0]?.code ?? status}`);
    hasEnded ||= !partOf && ['completed', 'cancelled', 'failed', 'rejected'].includes(status);
  }
}

const summaries = new Changes(ginnel, {
  type: 'DocumentReference',
  parameters: { related: `ServiceRequest/${request.id}`, status: 'current' },
});
for (let isHere = false; !isHere; await pause(500)) {
  for await (const { id, masterIdentifier } of summaries.look()) {
    const composition = masterIdentifier.value.replace('urn:uuid:', '');
    const { entry } = await ginnel.read(`Composition/${composition}/$document`);
    for (const { title, text } of entry[0].resource.section) {
      console.log(
        `${title}: ${text.div
          .replace(/<[^>]*>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim()}`,
      );
    }
    const parameter = [{ name: 'by', valueString: 'Reception' }];
    await ginnel.operation(`DocumentReference/${id}/$acknowledge-summary`, { resourceType: 'Parameters', parameter });
    console.log('The outcome is in the record.');
    isHere = true;
  }
}
