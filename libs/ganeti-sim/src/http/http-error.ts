/** What each status says in `message` (when nothing better is known) and in `explain`. Source: answers of Ganeti 3.0.2. */
const STATUS_TEXT: Readonly<Record<number, readonly [message: string, explain: string]>> = {
  400: ['Bad Request', 'Bad request syntax or unsupported method'],
  401: ['Unauthorized', 'No permission -- see authorization schemes'],
  403: ['Forbidden', 'Request forbidden -- authorization will not help'],
  404: ['Not Found', 'Nothing matches the given URI'],
  413: ['Request Entity Too Large', 'Entity is too large'],
  415: ['Unsupported Media Type', 'Entity body in unsupported format'],
  500: ['Internal Server Error', 'Server got itself in trouble'],
  501: ['Not Implemented', 'Server does not support this operation'],
  502: ['Bad Gateway', 'Invalid responses from another server/proxy'],
  503: ['Service Unavailable', 'The server cannot process the request due to a high load'],
};

/** An answer other than 200. `message` is escaped when it is written. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message?: string,
  ) {
    super(message ?? STATUS_TEXT[status]?.[0] ?? 'Error');
  }

  /** The body, as RAPI writes it. */
  body(): { code: number; message: string; explain: string } {
    return {
      code: this.status,
      message: escapeHtml(this.message),
      explain: STATUS_TEXT[this.status]?.[1] ?? '',
    };
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
