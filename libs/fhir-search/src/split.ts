/** https://hl7.org/fhir/R4/search.html#escaping: splits at a separator that no backslash precedes; escapes stay as they are. */
export function split(text: string, separator: ',' | '|' | '$'): string[] {
  if (!text.includes('\\')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** `\,` `\|` `\$` and `\\` mean the character itself. */
export function unescape(text: string): string {
  return text.replace(/\\([,|$\\])/g, '$1');
}
