// A provider's system: hears of referrals and works on them. While npm start runs: node docs/examples/provider.mjs
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import {
  backendToken,
  GinnelClient,
  MessageRefused,
  missedEvents,
  NotificationInbox,
  verifiedNotification,
} from '#client'; // elsewhere: '@ginnel/client'

const { GINNEL_URL: url = 'http://127.0.0.1:8080', GINNEL_DATA: folder = '.ginnel' } = process.env;
const ginnel = new GinnelClient({
  baseUrl: `${url}/fhir`,
  token: backendToken({
    tokenUrl: `${url}/auth/token`,
    clientId: 'provider-khl',
    key: JSON.parse(readFileSync(`${folder}/client-keys/provider-khl.json`, 'utf8')),
    scope: 'system/*.cruds',
  }),
});

/** One referral from the worklist to its outcome. Real life takes weeks; each line is a call of its own then. */
async function work(id) {
  // The same turn under the same key is taken once, so that all of this may be begun again after a crash. What is given must be
  // the same, too: no time of the call stands in it.
  const turn = (operation, given = {}) => ginnel.turn(id, { operation, given, key: `${operation}-${id}` });
  const { authoredOn } = await ginnel.read(`Task/${id}`);
  await turn('acknowledge');
  await turn('record-contact', { channel: 'phone', readiness: 'green', minutes: 12 });
  await turn('accept', { note: 'Starts next Monday.' });
  await turn('start', { date: authoredOn }); // in real life: the day of the first attendance, from your records
  const outcome = 'Walks to the shops again.';
  await turn('complete', { needMet: 'fully', outcome, offered: 6, attended: 5 });
  console.log(`Completed: Task/${id}`);
}

// What was taken and is not done stands in a file: nothing is lost in a crash, and what failed is tried again.
const file = `${folder}/provider-open.json`;
const open = new Set(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []);
const keep = () => {
  writeFileSync(`${file}.new`, JSON.stringify([...open]));
  renameSync(`${file}.new`, file);
};
async function workOff(id) {
  try {
    await work(id);
  } catch (error) {
    console.error(error);
    const isRefused = error instanceof MessageRefused && !error.mayComeLater;
    if (!isRefused) return; // begun again at the next look
    console.error(`Somebody has to see to it: Task/${id}`);
  }
  open.delete(id);
  keep();
}
const queued = new Set();
let working = Promise.resolve();
const begin = (id) => {
  if (queued.has(id)) return;
  queued.add(id);
  working = working.then(() => workOff(id)).finally(() => queued.delete(id));
};
const take = (events) => {
  const ids = events.filter(({ focus }) => focus).map(({ focus }) => focus.split('/')[1]);
  for (const id of ids) open.add(id);
  keep();
  for (const id of ids) begin(id);
};

// What comes from now on. Keep the secret, the Subscription's id and `inbox.state` where your data is.
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const inbox = new NotificationInbox();
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    const notification = verifiedNotification(secret, Buffer.concat(parts).toString('utf8'), request.headers);
    for (const event of inbox.take(notification)) take([event]);
    response.writeHead(204).end();
  } catch (error) {
    console.error(error); // It is told again, and what was not taken is still new then.
    response.writeHead(400).end();
  }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const base = 'https://ginnel.org.uk/fhir';
const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
const subscription = await ginnel.createOnce({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Show new referrals in our system',
  criteria: `${base}/SubscriptionTopic/task-assigned`,
  _criteria: { extension: [{ url: `${backport}/backport-filter-criteria`, valueString: 'Task?code=fulfill' }] },
  channel: {
    type: 'rest-hook',
    endpoint: `http://127.0.0.1:${server.address().port}/ginnel`, // in real life: a public https address
    payload: 'application/fhir+json',
    extension: [{ url: `${base}/StructureDefinition/webhook-secret`, valueString: secret }],
  },
});
console.log('Listening for referrals; Ctrl-C ends it.');

// What came before, and what was begun. It may come twice now, and has its effect once.
for (const id of open) begin(id);
const worklist = {
  owner: 'Organization/keighley-healthy-living',
  status: 'requested,received',
  'part-of:missing': 'false',
};
for await (const { id } of ginnel.search('Task', { ...worklist, 'answer-due:missing': 'false' }))
  take([{ focus: `Task/${id}` }]);

// Now and then, and after a time away: what failed, and numbers that did not come.
const look = setInterval(async () => {
  for (const id of open) begin(id);
  try {
    for await (const event of missedEvents(ginnel, subscription.id, inbox)) {
      if (event.isLost)
        console.error(`Event ${event.number} is kept no more: somebody has to look through the worklist.`);
      take([event]);
    }
  } catch (error) {
    console.error(error); // It is asked again at the next look.
  }
}, 60_000);

process.once('SIGINT', async () => {
  clearInterval(look);
  server.close();
  await working;
  const fhir = await ginnel.fhir();
  const now = await fhir.read({ resourceType: 'Subscription', id: subscription.id });
  await fhir.update({ resourceType: 'Subscription', id: subscription.id, body: { ...now, status: 'off' } });
});
