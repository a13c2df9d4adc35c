import type { Element as XmlElement, Node } from '@xmldom/xmldom';
import { isElement, isText } from './xml-document.js';
import { escaped } from './xml-writer.js';

const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';

/** The div of a narrative as JSON holds it: one text, without prefixes, whatever prefixes the document used. */
export function narrativeOf(div: XmlElement, fault: (diagnostics: string) => void): string {
  if (div.namespaceURI !== xhtmlNamespace || div.localName !== 'div') {
    fault(`A narrative is one div in the namespace ${xhtmlNamespace}.`);
    return '';
  }
  return written(div, ` xmlns="${xhtmlNamespace}"`, fault);
}

function written(element: XmlElement, namespace: string, fault: (diagnostics: string) => void): string {
  const { localName, namespaceURI, attributes } = element;
  if (namespaceURI !== xhtmlNamespace) {
    fault('The narrative holds an element that is not in the namespace of XHTML.');
    return '';
  }
  let said = namespace;
  for (let at = 0; at < attributes.length; at++) {
    const attribute = attributes.item(at);
    if (attribute && !/^xmlns(:|$)/.test(attribute.name)) said += ` ${attribute.name}="${escaped(attribute.value)}"`;
  }
  const inside = contentOf(element, fault);
  return inside === '' ? `<${localName ?? ''}${said}/>` : `<${localName ?? ''}${said}>${inside}</${localName ?? ''}>`;
}

function contentOf(element: XmlElement, fault: (diagnostics: string) => void): string {
  let inside = '';
  for (let node: Node | null = element.firstChild; node; node = node.nextSibling) {
    if (isElement(node)) inside += written(node, '', fault);
    else if (isText(node)) inside += textOf(node.nodeValue ?? '');
  }
  return inside;
}

function textOf(text: string): string {
  return text.replace(/[&<>]/g, (found) => ({ '&': '&amp;', '<': '&lt;' })[found] ?? '&gt;');
}
