import { EverythingOperation } from './everything/everything.operation.js';
import { ChangeMetaOperation } from './meta/change-meta.operation.js';
import { MetaOperation } from './meta/meta.operation.js';
import type { Operation } from './operation.js';
import type { Serving } from './serving.js';

/** Operations that the server has of itself, on whatever types it serves. */
export function serverOperations(serving: Serving): Operation[] {
  const isWritten = serving.faces.types.some(({ writes }) => writes !== undefined);
  return [
    new MetaOperation(serving),
    ...(isWritten ? (['meta-add', 'meta-delete'] as const).map((code) => new ChangeMetaOperation(code, serving)) : []),
    ...(['Patient', 'ServiceRequest'] as const)
      .filter((type) => serving.faces.typeNamed(type))
      .map((type) => new EverythingOperation(type, serving)),
  ];
}
