import { hash } from 'node:crypto';

/** Characters that HTML reads as its own, written so that it does not. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

export interface Field {
  name: string;
  label: string;
  type?: 'text' | 'password' | 'area';
  value?: string;
  hint?: string;
  required?: boolean;
  autocomplete?: 'username' | 'current-password' | 'off';
  /** The choices of a list. */
  choices?: readonly string[];
}

export interface PageContent {
  /** Paragraphs. */
  words?: readonly string[];
  /** What went wrong, said first. */
  problem?: string;
  /** Shown as it is, to be copied. */
  shown?: string;
  form?: { action: string; fields: readonly Field[]; hidden?: Readonly<Record<string, string>>; button: string };
  /** Besides our own: where the form may lead to in the end. */
  formTarget?: string;
}

const style = `
:root { color-scheme: light dark; }
body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 36rem; padding: 0 1rem; }
label { display: block; font-weight: 600; margin-top: 1.25rem; }
input, select, textarea { box-sizing: border-box; font: inherit; margin-top: .25rem; padding: .5rem; width: 100%; }
textarea { min-height: 8rem; font-family: ui-monospace, monospace; font-size: .875rem; }
button { font: inherit; font-weight: 600; margin-top: 1.5rem; padding: .6rem 1.5rem; }
.hint { display: block; font-size: .9rem; font-weight: 400; }
.problem { border-left: .4rem solid #c02020; padding: .25rem 1rem; font-weight: 600; }
pre { border: 1px solid; overflow: auto; padding: 1rem; white-space: pre-wrap; word-break: break-all; }
:focus-visible { outline: .2rem solid #1a66d6; outline-offset: .15rem; }
`;
const styleHash = hash('sha256', style, 'base64');

/** A page of the issuer: plain HTML, no script, nothing from elsewhere. */
export function page(title: string, content: PageContent): { html: string; headers: Record<string, string> } {
  const { words = [], problem, shown, form } = content;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${problem === undefined ? '' : 'Error: '}${escapeHtml(title)} – Ginnel</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${problem === undefined ? '' : `<p class="problem" role="alert" id="problem">${escapeHtml(problem)}</p>`}
${words.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n')}
${shown === undefined ? '' : `<pre tabindex="0">${escapeHtml(shown)}</pre>`}
${form === undefined ? '' : formOf(form)}
</main>
</body>
</html>
`;
  return { html, headers: headersOf(content.formTarget) };
}

function formOf({ action, fields, hidden = {}, button }: NonNullable<PageContent['form']>): string {
  const kept = Object.entries(hidden).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<form method="post" action="${escapeHtml(action)}">
${kept.join('\n')}
${fields.map(fieldOf).join('\n')}
<button type="submit">${escapeHtml(button)}</button>
</form>`;
}

function fieldOf(field: Field): string {
  const { name, label, hint, value = '' } = field;
  const described = hint === undefined ? '' : ` aria-describedby="${name}-hint"`;
  const about = hint === undefined ? '' : `<span class="hint" id="${name}-hint">${escapeHtml(hint)}</span>`;
  const common = `id="${name}" name="${name}"${described}${field.required === true ? ' required' : ''}`;
  return `<label for="${name}">${escapeHtml(label)}</label>${about}
${controlOf(field, common, value)}`;
}

function controlOf({ type = 'text', choices, autocomplete = 'off' }: Field, common: string, value: string): string {
  if (choices) {
    const options = choices.map(
      (choice) => `<option${choice === value ? ' selected' : ''}>${escapeHtml(choice)}</option>`,
    );
    return `<select ${common}>${options.join('')}</select>`;
  }
  if (type === 'area') return `<textarea ${common} spellcheck="false">${escapeHtml(value)}</textarea>`;
  return `<input ${common} type="${type}" autocomplete="${autocomplete}" value="${escapeHtml(value)}">`;
}

function headersOf(formTarget: string | undefined): Record<string, string> {
  const target = formTarget === undefined ? '' : ` ${formTarget}`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      `style-src 'sha256-${styleHash}'`,
      `form-action 'self'${target}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    // With no-referrer a browser would hide where our own forms come from.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}
