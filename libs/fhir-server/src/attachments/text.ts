/** What something else begins with: markup, a program, a document of another kind. */
const others =
  /^\s*(<!doctype|<html|<head|<body|<script|<svg|<\?xml|<\?php|<iframe|<!--|\{\\rtf|#!|%pdf-|mime-version:)/i;
/** Those that no text has. Tab, line ends and form feed are text. */
const controls = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

/** Why these bytes are no plain text in UTF-8. */
export function faultOfText(bytes: Buffer): string | undefined {
  const text = decoded(bytes);
  if (text === undefined) return 'It is no text in UTF-8.';
  if (controls.test(text)) return 'It holds control characters: it is no plain text.';
  return others.test(text) ? 'It begins as something other than plain text.' : undefined;
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
