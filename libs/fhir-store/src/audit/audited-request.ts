/** What a request adds to the acts that it leads to. */
export interface AuditedRequest {
  role: string;
  person?: string;
  target?: string;
  query?: string;
  purpose?: string;
  nhsd?: string;
  /** Set by the commit that wrote the entry: the answer needs none of its own. */
  isWritten?: boolean;
}
