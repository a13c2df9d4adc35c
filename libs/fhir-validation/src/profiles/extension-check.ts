import { type Check, type Inspection } from '../inspection.js';
import { quotedName, quotedUrl } from '../quoting.js';
import { type ExtensionContexts } from './extension-contexts.js';
import { type Profile } from './profile.js';
import { type ConformityJudge } from './type-rules.js';

/** Holds a sound Extension to its definition, where that is known. https://hl7.org/fhir/R4/extensibility.html */
export function extensionCheck(judge: ConformityJudge, contexts: ExtensionContexts): Check {
  return (value, inspection) => {
    const { url } = value as { url: string };
    // a name without a scheme is told by the extension around it
    if (!url.includes(':')) return;
    const isModifier = inspection.isIn('modifierExtension');
    const known = judge.profiles.find(url);
    if (known && 'root' in known && known.definition?.type === 'Extension') {
      checkPlace(known, { isModifier, contexts }, inspection);
      judge.check(url, value, inspection);
    } else if (known && 'refused' in known) inspection.remark('not-supported', known.refused);
    else if (isModifier) {
      inspection.fault(
        'extension',
        `The modifier extension${quotedUrl(url)} is not known here, so what it changes cannot be told.`,
      );
    } else {
      inspection.remark(
        'extension',
        `The extension${quotedUrl(url)} is not known here; it is kept and not looked into.`,
      );
    }
  };
}

function checkPlace(
  { url, root, definition }: Profile,
  { isModifier, contexts }: { isModifier: boolean; contexts: ExtensionContexts },
  inspection: Inspection,
): void {
  const mustModify = root.definition.isModifier === true;
  if (mustModify !== isModifier) {
    const [here, allowed] = mustModify ? ['extension', 'modifierExtension'] : ['modifierExtension', 'extension'];
    inspection.fault('extension', `The extension ${url} stands in ${here}; allowed is ${allowed}.`);
  }
  const allowed = definition?.context ?? [];
  if (allowed.length === 0 || contexts.allow(allowed, inspection)) return;
  const said = allowed.map(({ expression }) => quotedContext(expression)).join(', ');
  inspection.fault('extension', `The extension ${url} is not allowed here; allowed is ${said}.`);
}

function quotedContext(expression: string): string {
  return quotedName(expression)?.slice(1, -1) ?? expression;
}
