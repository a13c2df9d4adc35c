import { type Fields, isFields } from './fields.js';

/** The entries of a Bundle by fullUrl, made when the first reference asks. */
export class BundleIndex {
  private types: Map<string, string> | undefined;

  constructor(private readonly bundle: Fields) {}

  typeOf(fullUrl: string): string | undefined {
    this.types ??= new Map(this.entries());
    return this.types.get(fullUrl);
  }

  /** Whether what its entries refer to by `urn:` must be among them: in a search result it need not. */
  get isWhole(): boolean {
    return ['transaction', 'message', 'document'].includes(this.bundle.type as string);
  }

  /** Only there may a search stand in place of a reference. */
  get isTransaction(): boolean {
    return this.bundle.type === 'transaction';
  }

  private entries(): [string, string][] {
    const { entry } = this.bundle;
    if (!Array.isArray(entry)) return [];
    return entry.flatMap((item: unknown): [string, string][] => {
      if (!isFields(item) || typeof item.fullUrl !== 'string' || !isFields(item.resource)) return [];
      return typeof item.resource.resourceType === 'string' ? [[item.fullUrl, item.resource.resourceType]] : [];
    });
  }
}
