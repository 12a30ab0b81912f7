const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/**
 * Parses JSON whose integers may pass 2^53 (an unlimited quota is 2^63−1): integers of 16 and more digits arrive as strings, so that no
 * digit is lost. Read them with `bigintSchema`.
 * @throws SyntaxError
 */
export function parseBigJson(text: string): unknown {
  return JSON.parse(
    text.replace(STRING_OR_LONG_INTEGER, (token) => (token.startsWith('"') ? token : `"${token}"`)),
  );
}
