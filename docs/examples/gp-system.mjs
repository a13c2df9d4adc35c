// A GP system: sends a referral, follows it, and takes the outcome. While npm start runs: node docs/examples/gp-system.mjs
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
const referral = () =>
  referralMessage({
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

// The message, as the text that is sent, and its ids are kept first: begun again, after a crash say, it sends the same two, which
// count once. Where you keep it in a database: as text, not as JSON that is written anew.
const file = `${folder}/gp-system-sending.json`;
if (!existsSync(file)) {
  const kept = { message: JSON.stringify(referral()), ids: messageIds() };
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
const { message, ids } = JSON.parse(readFileSync(file, 'utf8'));

// Where it was there before, it is not answered with its content again, and `made` says what it made.
const { answer, made } = await ginnel.sendMessage(message, ids).catch((error) => {
  if (error.mayComeLater === false && !error.wasOther) rmSync(file); // refused: the next one is another
  throw error;
});
const request = answer ? `ServiceRequest/${resourcesIn(answer, 'ServiceRequest')[0].id}` : made;
const reference = 'https://ginnel.org.uk/fhir/Id/referral';
for await (const { identifier } of ginnel.search('Encounter', { 'based-on': request, identifier: `${reference}|` }))
  console.log(`Sent: ${identifier[0].value} is the reference to say on the telephone.`);

// Keep `tasks.state` as well, and nothing is missed while this system is away.
const tasks = new Changes(ginnel, { type: 'Task', parameters: { focus: request } });
const ends = ['completed', 'cancelled', 'failed', 'rejected', 'entered-in-error'];
let end;
for (; end === undefined; await pause(500)) {
  for await (const { partOf, status, businessStatus } of tasks.look()) {
    const said = businessStatus?.coding?.[0]?.code ?? status;
    console.log(`${partOf ? 'The provider' : 'The referral'}: ${said}`);
    // Where alternatives are offered it is open, whatever its status: ask another provider, or take it back.
    if (!partOf) end = ends.includes(status) && said !== 'alternatives-offered' ? said : undefined;
  }
}

// What you ended yourself has no summary.
const isUntold = ['cancelled-by-requester', 'error'].includes(end);
const summaries = new Changes(ginnel, {
  type: 'DocumentReference',
  parameters: { related: request, status: 'current' },
});
for (let isHere = isUntold; !isHere; await pause(500)) {
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
rmSync(file);
