export * from '../../../libs/auth/src/permission.js';

export function isPermitted(): boolean {
  return true;
}

export function refusalFor(): undefined {
  return undefined;
}
