/** Remembers which paths have routes, so that a known path with a wrong verb is told from an unknown path. */
export class RoutePatterns {
  readonly #methods = new Map<string, { expression: RegExp; methods: Set<string> }>();

  /** @param url Fastify's pattern: `/servers/:id`, `/v1/*` */
  add(methods: string | readonly string[], url: string): void {
    const known = this.#methods.get(url) ?? { expression: toExpression(url), methods: new Set() };
    for (const method of [methods].flat()) known.methods.add(method);
    this.#methods.set(url, known);
  }

  /** The verbs of the routes that match `path`, sorted; none when the path is unknown. */
  methodsOf(path: string): string[] {
    const found = new Set<string>();
    for (const { expression, methods } of this.#methods.values()) {
      if (expression.test(path)) for (const method of methods) found.add(method);
    }
    return [...found].sort();
  }
}

function toExpression(url: string): RegExp {
  const parts = url
    .replace(/\/$/, '')
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    });
  return new RegExp(`^${parts.join('/')}/?$`);
}
