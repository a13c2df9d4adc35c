import type { Extension, Task } from 'fhir/r4';

type Extended = Pick<Task, 'extension'>;

export function extensionsOf({ extension = [] }: Extended, url: string): Extension[] {
  return extension.filter((one) => one.url === url);
}

export function extensionOf(resource: Extended, url: string): Extension | undefined {
  return extensionsOf(resource, url)[0];
}

/** The resource with these extensions of a kind and no others of it; without any extension it has no such element. */
export function withExtensions<R extends Extended>(resource: R, url: string, extensions: readonly Extension[]): R {
  const { extension: before = [], ...rest } = resource;
  const extension = [...before.filter((one) => one.url !== url), ...extensions];
  return (extension.length === 0 ? rest : { ...rest, extension }) as R;
}
