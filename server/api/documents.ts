/**
 * The documents that alerts and messages link to: `/docs/runbooks.md#rack-power`. Browsers get HTML,
 * so that the link ends at its section; everything else gets the Markdown as it is. For anyone: who
 * follows a link from an alert has no token at hand.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { ProblemError } from './problem.ts';

export function documentPages(docsDir: string): RequestHandler {
  const names = readdirSync(docsDir).filter(name => /\.(md|csv)$/.test(name));
  return (request, response, next) => {
    const name = names.find(each => request.path === `/${each}`);
    if (name === undefined) return next();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const allow = 'GET, HEAD';
      return next(new ProblemError(405, `${request.method} is not for this`, [], { allow }));
    }
    const text = readFileSync(join(docsDir, name), 'utf8');
    response.set({ vary: 'accept', 'cache-control': 'no-cache' });
    const isPage = name.endsWith('.md') && request.accepts(['text/markdown', 'html']) === 'html';
    if (isPage) response.type('html').send(pageOf(name, text));
    else response.type(name.endsWith('.md') ? 'text/markdown' : 'text/csv').send(text);
  };
}

const pageOf = (title: string, markdown: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>${escaped(title)} · Orrery</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
:target { outline: 2px solid Highlight; outline-offset: 4px }
pre { overflow-x: auto }
</style>
${htmlOf(markdown)}
</html>
`;

/** The Markdown that our documents are written in; a table stays as it is typed. */
function htmlOf(markdown: string): string {
  const parts: string[] = [];
  const fences = escaped(markdown).split(/^```.*\n/m);
  fences.forEach((part, i) => {
    if (i % 2 === 1) parts.push(`<pre>${part}</pre>`);
    else for (const block of part.split(/\n{2,}/)) parts.push(blockOf(block.trim()));
  });
  return parts.filter(Boolean).join('\n');
}

function blockOf(block: string): string {
  const [, marks, heading] = /^(#{1,6}) (.+)/.exec(block) ?? [];
  if (marks) {
    const rest = block.slice(block.indexOf('\n') + 1 || block.length).trim();
    const level = marks.length;
    const title = `<h${level} id="${sectionOf(heading)}">${inline(heading)}</h${level}>`;
    return [title, blockOf(rest)].filter(Boolean).join('\n');
  }
  if (block.startsWith('|')) return `<pre>${block}</pre>`;
  if (/^([-*]|\d+\.) /.test(block)) {
    const items = block.split(/^(?:[-*]|\d+\.) /m).filter(Boolean);
    return `<ul>${items.map(item => `<li>${inline(item)}</li>`).join('')}</ul>`;
  }
  return block && `<p>${inline(block)}</p>`;
}

/** Fragment of a heading, as GitHub makes it. */
const sectionOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const inline = (text: string) =>
  text
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, '<a href="$2">$1</a>');

const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
