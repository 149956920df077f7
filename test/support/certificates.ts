/** A throw-away authority with a server's and a client's certificate, made by openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Certificates {
  readonly dir: string;
  /** Path of a file: `ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`. */
  path(name: string): string;
  read(name: string): string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function makeCertificates(): Certificates {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-tls-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const path = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const files = (name: string) => ['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`)];
  openssl('req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=test-ca', ...files('ca'));
  for (const name of ['server', 'client']) {
    openssl(
      ...['req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, ...files(name)],
      ...['-CA', path('ca.pem'), '-CAkey', path('ca.key')],
      ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    );
  }
  return { dir, path, read: name => readFileSync(path(name), 'utf8') };
}
