import { FhirError, type IssueCode } from './issue.js';
import { rememberLiteral, isExact } from './json-literals.js';
import { endOfString, forbiddenNames } from './json-scan.js';

/** https://www.rfc-editor.org/rfc/rfc8259: reads with care what JSON.parse is not trusted with, and says what is wrong and where. */
export function readJson(text: string, maxDepth: number): unknown {
  return new JsonReader(text, maxDepth).document();
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const words = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

class JsonReader {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): unknown {
    // A document that is only a number has no holder to remember its digits by.
    const value = this.value({}, '');
    this.skipSpace();
    if (this.at < this.text.length) this.fail('nothing more is expected');
    return value;
  }

  private value(holder: object, name: string): unknown {
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.nested(() => this.object());
      case '[':
        return this.nested(() => this.array());
      case '"':
        return this.string();
      default:
        return this.scalar(holder, name);
    }
  }

  private scalar(holder: object, name: string): boolean | number | null {
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number(holder, name);
  }

  private nested<T>(read: () => T): T {
    this.depth++;
    if (this.depth > this.maxDepth) {
      this.refuse('structure', `The JSON is nested deeper than ${String(this.maxDepth)} levels`);
    }
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    if (this.takes('}')) return result;
    do {
      const name = this.name(result);
      result[name] = this.value(result, name);
    } while (this.takes(','));
    if (!this.takes('}')) this.fail("',' or '}' is expected");
    return result;
  }

  private array(): unknown[] {
    const result: unknown[] = [];
    if (this.takes(']')) return result;
    do result.push(this.value(result, String(result.length)));
    while (this.takes(','));
    if (!this.takes(']')) this.fail("',' or ']' is expected");
    return result;
  }

  private name(holder: object): string {
    this.skipSpace();
    if (this.text[this.at] !== '"') this.fail('a name in quotation marks is expected');
    const start = this.at;
    const name = this.string();
    if (forbiddenNames.has(name)) this.refuse('structure', `The name '${name}' is not allowed in JSON`, start);
    if (Object.hasOwn(holder, name)) this.refuse('structure', `${spoken(name)} stands twice in one JSON object`, start);
    if (!this.takes(':')) this.fail("':' is expected");
    return name;
  }

  private string(): string {
    const start = this.at;
    const end = endOfString(this.text, start);
    if (end === this.text.length) this.fail('', end);
    this.at = end + 1;
    const value = unquoted(this.text.slice(start, this.at));
    if (value === undefined) this.fail('a string without control characters and unknown escapes is expected', start);
    if (/\p{Surrogate}|\0/u.test(value)) {
      this.refuse('invalid', 'A JSON string holds U+0000 or half a surrogate pair, which are no characters', start);
    }
    return value;
  }

  private number(holder: object, name: string): number {
    number.lastIndex = this.at;
    const literal = number.exec(this.text)?.[0];
    if (literal === undefined) this.fail('a value is expected');
    const value = Number(literal);
    if (!Number.isFinite(value)) this.refuse('invalid', 'A number in the JSON is too large');
    if (!isExact(literal)) rememberLiteral(holder, name, literal);
    this.at += literal.length;
    return value;
  }

  private takes(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    space.lastIndex = this.at;
    space.exec(this.text);
    this.at = space.lastIndex;
  }

  private fail(expectation: string, at = this.at): never {
    if (at >= this.text.length) this.refuse('invalid', 'The JSON ends too early', at);
    this.refuse('invalid', `The JSON is not valid: ${expectation}`, at);
  }

  private refuse(code: IssueCode, what: string, at = this.at): never {
    const before = this.text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    throw FhirError.of(code, `${what}, at line ${String(line)}, column ${String(column)}.`, { status: 400 });
  }
}

function unquoted(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

/** A name that could be an element's; anything else may be somebody's. */
function spoken(name: string): string {
  return /^_?[a-z][A-Za-z]{0,63}$/.test(name) ? `The name '${name}'` : 'A name';
}
