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
import type { PlannedWrite, Planning } from './planned-write.js';

/** What a write comes to, with every rule asked and nothing committed: the one path of requests and of transactions. */
export function planOf(asked: AskedWrite, planning: Planning): Promise<PlannedWrite> {
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
