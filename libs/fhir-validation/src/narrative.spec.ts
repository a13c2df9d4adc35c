import { narrativeFault } from './narrative.js';

const div = (inner: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`;
const element = 'The narrative has an element that is not allowed';
const attribute = 'The narrative has an attribute that is not allowed';
const active = (name: string): string =>
  `The attribute "${name}" of the narrative holds active content or a scheme that is not allowed.`;
const notXhtml =
  'The narrative is not well formed, or has a declaration, an instruction or CDATA, which are not allowed.';
const notOneDiv = 'A narrative is one <div xmlns="http://www.w3.org/1999/xhtml"> with nothing before or after it.';

describe('narrative', () => {
  it.each([
    ['text', div('hello')],
    ['a table', div('<table class="grid"><tr><td colspan="2">a &amp; b</td></tr></table>')],
    ['an empty element', div('a<br/>b<hr />')],
    ['an image', div('<img src="data:image/png;base64,AAAA" alt="x"/>')],
    ['links', div('<a href="https://example.org/?a=1&amp;b=2#c">x</a><a href="Patient/1">y</a><a href="#z">z</a>')],
    ['a comment', div('<!-- a comment -->x')],
    ['harmless style', div('<p style="color: red; background: url(\'bar.png\')">x</p>')],
  ])('accepts %s', (_, xhtml) => {
    expect(narrativeFault(xhtml)).toBeUndefined();
  });

  it.each([
    ['a script', div('<script>alert(1)</script>'), `${element}: <script>.`],
    ['a frame', div('<iframe src="https://example.org"></iframe>'), `${element}: <iframe>.`],
    ['a form', div('<form action="x"><input name="a"/></form>'), `${element}: <form>.`],
    ['an object', div('<object data="x"></object>'), `${element}: <object>.`],
    ['a drawing', div('<svg><g/></svg>'), `${element}: <svg>.`],
    ['an element in capitals', div('<SCRIPT>x</SCRIPT>'), `${element}: <SCRIPT>.`],
    ['a handler', div('<p onclick="alert(1)">x</p>'), `${attribute}: <onclick>.`],
    ['a script in an address', div('<a href="javascript:alert(1)">x</a>'), active('href')],
    ['a script in capitals', div('<a href=" JavaScript:alert(1)">x</a>'), active('href')],
    ['a script by entity', div('<a href="java&#115;cript:alert(1)">x</a>'), active('href')],
    ['a script by entity after a fragment', div('<a href="#&#0;java&#115;cript:x">x</a>'), active('href')],
    ['a script by named entity', div('<a href="javascript&colon;alert(1)">x</a>'), active('href')],
    ['a script broken by a line end', div('<a href="java\nscript:alert(1)">x</a>'), active('href')],
    ['a page in an address', div('<a href="data:text/html;base64,AAAA">x</a>'), active('href')],
    ['an active image', div('<img src="data:image/svg+xml;base64,AAAA" alt="x"/>'), active('src')],
    ['an expression in a style', div('<p style="width: expression(alert(1))">x</p>'), active('style')],
    ['a script in a style', div('<p style="background: url(javascript:alert(1))">x</p>'), active('style')],
    ['an escape in a style', div('<p style="background: u\\72l(x)">x</p>'), active('style')],
    ['an attribute without quotes', div('<p class=x>x</p>'), notXhtml],
    ['a doctype', `<!DOCTYPE html SYSTEM "http://x">${div('x')}`, notXhtml],
    ['an entity declaration', '<!ENTITY a "b"><div>x</div>', notXhtml],
    ['an instruction', div('<?php x ?>'), notXhtml],
    ['CDATA', div('<![CDATA[<script>]]>'), notXhtml],
    ['a comment without end', div('<!-- x'), 'A comment in the narrative is not closed.'],
    ['no namespace', '<div>x</div>', notOneDiv],
    ['another namespace', '<div xmlns="http://www.w3.org/2000/svg">x</div>', active('xmlns')],
    ['another root', '<p>x</p>', notOneDiv],
    ['two roots', div('x') + div('y'), notOneDiv],
    ['text around it', `x${div('y')}`, notOneDiv],
    ['an element that is not closed', div('<p>x'), 'The narrative is not well formed: </div> closes nothing.'],
    [
      'an end too few',
      '<div xmlns="http://www.w3.org/1999/xhtml">x',
      'The narrative is not well formed: <div> is not closed.',
    ],
    ['no content', div(' <p/> '), 'The narrative has neither text nor an image (txt-2).'],
  ])('refuses %s', (_, xhtml, fault) => {
    expect(narrativeFault(xhtml)).toBe(fault);
  });
});
