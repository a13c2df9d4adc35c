import type { Route } from '../route.js';

/** Type and id of an address, where it has them. */
export interface Target {
  type?: string;
  id?: string;
}

export function targetOf(route: Route): Target {
  const type = 'served' in route ? route.served.type : 'type' in route ? route.type : undefined;
  const id = 'id' in route ? route.id : undefined;
  return { ...(type === undefined ? {} : { type }), ...(id === undefined ? {} : { id }) };
}
