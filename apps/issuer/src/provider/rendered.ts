import type { KoaContextWithOIDC } from 'oidc-provider';
import { page, type PageContent } from '../pages/page.js';

/** Answers with a page of ours where the provider would show one of its own. */
export function render(ctx: KoaContextWithOIDC, title: string, content: PageContent): void {
  const { html, headers } = page(title, content);
  ctx.set(headers);
  ctx.type = 'html';
  ctx.body = html;
}

/** Leads nowhere else: whoever signed out is told so. https://openid.net/specs/openid-connect-rpinitiated-1_0.html */
export function signOut(issuer: string) {
  return {
    enabled: true,
    logoutSource: (ctx: KoaContextWithOIDC): void => {
      const { secret } = ctx.oidc.session?.state ?? {};
      const hidden = { xsrf: typeof secret === 'string' ? secret : '', logout: 'yes' };
      const form = { action: `${new URL(issuer).pathname}/sign-out/confirm`, hidden, fields: [], button: 'Sign out' };
      render(ctx, 'Sign out', { words: ['Nobody can go on in this browser without signing in again.'], form });
    },
    postLogoutSuccessSource: (ctx: KoaContextWithOIDC): void => {
      render(ctx, 'Signed out', { words: ['You are signed out. What pages were given ends within five minutes.'] });
    },
  };
}
