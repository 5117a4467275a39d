/* What went wrong, as the server says it (RFC 9457). */

export interface FieldError {
  field: string;
  code: string;
  message: string;
}

interface ProblemBody {
  title?: string;
  status?: number;
  code?: string;
  detail?: string;
  errors?: FieldError[];
  request_id?: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: FieldError[];
  readonly requestId: string;

  constructor(status: number, body: ProblemBody) {
    super(body.detail || body.title || String(status));
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'network' : 'http_' + status);
    this.title = body.title ?? '';
    this.detail = body.detail ?? '';
    this.errors = body.errors ?? [];
    this.requestId = body.request_id ?? '';
  }

  /** Message of the first error that names this field, or ''. */
  fieldMessage(field: string): string {
    return this.errors.find((e) => e.field === field)?.message ?? '';
  }
}

export function isAbort(e: unknown): boolean {
  return e instanceof DOMException && e.name === 'AbortError';
}
