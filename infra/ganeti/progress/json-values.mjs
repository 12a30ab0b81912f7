/** Cuts a stream of text into the JSON objects that it holds, one after another with or without blanks between. */
export class JsonValues {
  #text = '';
  #at = 0;
  #depth = 0;
  #isInString = false;

  /** @returns the objects that end in this chunk. @throws SyntaxError */
  push(chunk) {
    this.#text += chunk;
    const values = [];
    for (; this.#at < this.#text.length; this.#at += 1) {
      if (!this.#endsHere(this.#text[this.#at])) continue;
      values.push(JSON.parse(this.#text.slice(0, this.#at + 1)));
      this.#text = this.#text.slice(this.#at + 1);
      this.#at = -1;
    }
    return values;
  }

  #endsHere(character) {
    if (this.#isInString) {
      if (character === '\\') this.#at += 1;
      else if (character === '"') this.#isInString = false;
    } else if (character === '"') this.#isInString = true;
    else if (character === '{' || character === '[') this.#depth += 1;
    else if (character === '}' || character === ']') {
      this.#depth -= 1;
      return this.#depth === 0;
    }
    return false;
  }
}
