import { type Fields, isFields } from './fields.js';

/** The entries of a Bundle by fullUrl, made when the first reference asks. */
export class BundleIndex {
  private resources: Map<string, Fields> | undefined;

  constructor(private readonly bundle: Fields) {}

  typeOf(reference: string): string | undefined {
    const type = this.find(reference)?.resourceType;
    return typeof type === 'string' ? type : undefined;
  }

  /** By fullUrl, or by `[type]/[id]` where one entry has that. */
  find(reference: string): Fields | undefined {
    this.resources ??= new Map(this.entries());
    return this.resources.get(reference);
  }

  /** Whether what its entries refer to by `urn:` must be among them: in a search result it need not. */
  get isWhole(): boolean {
    return ['transaction', 'message', 'document'].includes(this.bundle.type as string);
  }

  /** Only there may a search stand in place of a reference. */
  get isTransaction(): boolean {
    return this.bundle.type === 'transaction';
  }

  private entries(): [string, Fields][] {
    const { entry } = this.bundle;
    if (!Array.isArray(entry)) return [];
    return entry.flatMap((item: unknown): [string, Fields][] => {
      if (!isFields(item) || !isFields(item.resource)) return [];
      const { fullUrl, resource } = item;
      const names = [fullUrl, `${String(resource.resourceType)}/${String(resource.id)}`];
      return names.flatMap((name): [string, Fields][] => (typeof name === 'string' ? [[name, resource]] : []));
    });
  }
}
