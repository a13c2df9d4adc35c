import { grantsOf } from '#auth';
import type { FhirResource } from 'fhir/r4';
import { FhirError, parseJson } from '#fhir';
import { isWithinNarrowings } from '#fhir-search';
import { contentsIn } from '../attachments/attachments-in.js';
import { addressIssues } from '../attachments/content-address.js';
import { attachmentIssues } from '../attachments/judge-attachment.js';
import type { AskedWrite } from './asked-write.js';
import {
  planConditionalCreate,
  planConditionalDelete,
  planConditionalPatch,
  planConditionalUpdate,
} from './conditional.js';
import { planCreate } from './plan-create.js';
import { planDelete } from './plan-delete.js';
import { planPatch } from './plan-patch.js';
import { planUpdate } from './plan-update.js';
import { ownWrite, type PlannedWrite, type Planning } from './planned-write.js';

/** What a write comes to, with every rule asked and nothing committed: the one path of requests and of transactions. */
export async function planOf(asked: AskedWrite, planning: Planning): Promise<PlannedWrite> {
  const planned = await planFor(asked, planning);
  refuseOutside(planned, planning);
  await refuseContent(planned, planning);
  return planned;
}

/** Content that a client brings is what it says, and does nothing when it is opened. Of what is there already it is known. */
async function refuseContent({ writes, target, current }: PlannedWrite, { seeking }: Planning): Promise<void> {
  const own = ownWrite(writes, target);
  if (own === undefined || own.interaction === 'delete' || logic.includes(own.resource.resourceType)) return;
  const before = current === undefined || current.deleted ? undefined : (parseJson(current.content) as FhirResource);
  const unsafe = addressIssues(own.resource, before);
  if (unsafe.length > 0) throw new FhirError(unsafe, { status: 422 });
  const contents = contentsIn(own.resource, before);
  const issues = await Promise.all(contents.map((one) => attachmentIssues(one, seeking.limits.attachmentBytes)));
  if (issues.flat().length > 0) throw new FhirError(issues.flat(), { status: 422 });
}

/** What its types hold is read by programs of those who run the programmes: CQL, ELM. */
const logic = ['Library'];

/**
 * What is there was read within the limits of the caller's scopes. What it is to be must lie within them too, unless another
 * scope lets him write all of the type.
 */
function refuseOutside({ writes, target, status }: PlannedWrite, { request: { caller } }: Planning): void {
  if (
    grantsOf(caller)
      ?.free(target.type)
      .includes(status === 201 ? 'c' : 'u') === true
  )
    return;
  const own = ownWrite(writes, target);
  if (own === undefined || own.interaction === 'delete' || isWithinNarrowings(caller.audience, own.resource)) return;
  throw FhirError.of(
    'forbidden',
    `Your scope for ${target.type} is limited by search parameters, and this ${target.type} would not meet them.`,
  );
}

function planFor(asked: AskedWrite, planning: Planning): Promise<PlannedWrite> {
  switch (asked.interaction) {
    case 'create':
      return asked.ifNoneExist === undefined
        ? planCreate(asked.served, asked.resource, planning)
        : planConditionalCreate(asked, planning);
    case 'update':
      return 'id' in asked.place
        ? planUpdate({ ...asked, id: asked.place.id }, planning)
        : planConditionalUpdate(asked, { criteria: asked.place.criteria, planning });
    case 'patch':
      return 'id' in asked.place
        ? planPatch({ ...asked, id: asked.place.id }, planning)
        : planConditionalPatch(asked, { criteria: asked.place.criteria, planning });
    case 'delete':
      return 'id' in asked.place
        ? planDelete({ ...asked, id: asked.place.id }, planning)
        : planConditionalDelete(asked, { criteria: asked.place.criteria, planning });
  }
}
